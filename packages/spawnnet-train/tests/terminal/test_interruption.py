import os
import signal
import subprocess
import sys
import time

import pytest

from spawnnet_data.tools.interruption import Terminated
from spawnnet_train.terminal.interruption import interruptible

PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
import typer
from spawnnet_train.terminal.interruption import InterruptibleGroup

app = typer.Typer(cls=InterruptibleGroup)
below = typer.Typer()
app.add_typer(below, name="below")


@app.command()
def work():
    print("works", flush=True)
    time.sleep(float(sys.argv[-1]) if sys.argv[-1] != "work" else 600)


below.command("work")(work)
app()
"""


def start(*arguments: str, **environment: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "works\n"
    return process


@pytest.mark.parametrize("command", [["work"], ["below", "work"]])
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_every_command_ends_with_the_status_of_its_signal_and_no_traceback(
    command: list[str], sent: signal.Signals, status: int
) -> None:
    process = start(*command)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (status, "")


def test_a_command_ends_with_the_process_that_it_belongs_to() -> None:
    starter = subprocess.Popen(["sleep", "600"])
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "work"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SPAWNNET_PARENT": str(starter.pid)},  # which is not its parent
    )
    try:
        assert process.wait(timeout=200) == 143
    finally:
        starter.kill()
        starter.wait()


def test_a_signal_is_an_interruption_and_what_was_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        except KeyboardInterrupt as error:
            caught.append(error)
            raise

    with pytest.raises(SystemExit, match="143"), interruptible():
        work()
    assert isinstance(caught[0], Terminated)
    assert signal.getsignal(signal.SIGTERM) == before
