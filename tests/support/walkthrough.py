"""Pages whose code and commands are run in order, and whose shown output has to come out.

A block of `python` is run in one namespace with those before it. A block of `bash` is run command
by command: ours within this process, where torch has been imported once, those that end with `&` in
the background, and all others by bash. A block of `text` is what the block before it has printed;
`...` stands for whatever may differ.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import shlex
import socket
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

_BLOCK = re.compile(r"^```(python|bash|text|yaml)\n(.*?)^```$", re.M | re.S)
_PORT = "8000"  # in the pages; a free one takes its place
_WAIT = 120.0  # seconds for a server to listen


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return language and text of every block of a page that is run or compared."""
    return [(found[1], found[2]) for found in _BLOCK.finditer(page.read_text("utf-8"))]


def walk(page: Path) -> None:
    """Run a page in the current folder; raises at the first block that fails or differs."""
    namespace: dict[str, object] = {"__name__": "tutorial"}
    printed, port = "", str(_free_port())
    with contextlib.ExitStack() as background:
        for language, text in blocks(page):
            if language == "text":
                _compare(text, printed)
            elif language == "python":
                with contextlib.redirect_stdout(io.StringIO()) as output:
                    code = compile(text.replace(_PORT, port), str(page), "exec", dont_inherit=True)
                    exec(code, namespace)  # noqa: S102 - our own pages
                printed = output.getvalue()
            elif language == "bash":
                lines = text.replace("\\\n", " ").replace(_PORT, port).splitlines()
                printed = "".join(_run(line, background) for line in lines)


def _compare(wanted: str, printed: str) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not doctest.OutputChecker().check_output(wanted, printed, options):
        raise AssertionError(f"The page shows\n{wanted}\nbut this was printed:\n{printed}")


def _run(line: str, background: contextlib.ExitStack) -> str:
    """Run one command and return what it printed."""
    words = shlex.split(line, comments=True)
    scripts = {script.name: script for script in entry_points(group="console_scripts")}
    if not words:
        return ""
    if words[-1] == "&":
        _start(words[:-1], background)
        return ""
    if words[0] in scripts and "|" not in words:
        command = scripts[words[0]].load()
        if words[-2] != ">":
            return _call(command, words)
        Path(words[-1]).write_text(_call(command, words[:-2]), "utf-8")
        return ""
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def _call(command: object, words: list[str]) -> str:
    """Call a command of ours as its script would."""
    assert callable(command)
    before, sys.argv = sys.argv, words
    with contextlib.redirect_stdout(io.StringIO()) as output:
        try:
            status = command()
        except SystemExit as stop:
            status = stop.code
        finally:
            sys.argv = before
    assert not status, f"{shlex.join(words)} ends with {status}:\n{output.getvalue()}"
    return output.getvalue()


def _start(words: list[str], background: contextlib.ExitStack) -> None:
    """Start a server, and wait until it listens at the port after `--port`."""
    script = Path(sys.executable).parent / words[0]
    process = subprocess.Popen([script, *words[1:]], stdout=subprocess.DEVNULL)
    background.callback(process.wait)
    background.callback(process.terminate)
    port, until = int(words[words.index("--port") + 1]), time.monotonic() + _WAIT
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise AssertionError(f"{words} does not listen.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
