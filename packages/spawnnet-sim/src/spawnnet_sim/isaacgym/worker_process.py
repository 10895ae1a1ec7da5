"""The process that runs Isaac Gym: started, asked, and ended whatever happens."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spawnnet_sim.errors import ConfigurationError, WorkerError
from spawnnet_sim.isaacgym.worker.frames import (
    PROTOCOL,
    Channel,
    ChannelBrokenError,
    ChannelClosedError,
    ChannelLateError,
)
from spawnnet_sim.physics.inherited_file import InheritedFile

PROGRAM = Path(__file__).parent / "worker" / "main.py"
_LOG_TAIL = 2000  # bytes of the worker's log that an error shows
_SILENCE = (ChannelClosedError, ChannelLateError, ChannelBrokenError)
_GOODBYE = 5.0  # seconds that a worker may take to free the simulator


class WorkerProcess:
    """A worker and the pipes to it.

    Its standard output and error go to a log without a name; commands and answers have pipes of
    their own. A last pipe carries nothing: the worker ends when this process, which holds its
    other end, is gone.

    Args:
        python: Path of the Python that runs it.
        memory: Descriptor of the memory that both share.
        environment: Its environment variables.
        timeout: Seconds in which it must say that it is there.

    Raises:
        WorkerError: If it cannot start, or is of another version.
    """

    def __init__(
        self, python: str, memory: int, environment: Mapping[str, str], timeout: float
    ) -> None:
        self._log = InheritedFile()
        self._timeout = timeout
        commands, self._commands = os.pipe()
        answers, answered = os.pipe()
        lifeline, self._lifeline = os.pipe()
        theirs = {"commands": commands, "answers": answered, "lifeline": lifeline, "memory": memory}
        arguments = [f"--{name}={descriptor}" for name, descriptor in theirs.items()]
        self._channel = Channel(answers, self._commands)
        self._process = subprocess.Popen(
            [python, str(PROGRAM), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._log.descriptor,
            stderr=self._log.descriptor,
            pass_fds=tuple(theirs.values()),
            env=dict(environment),
            start_new_session=True,  # with what it starts, such as a compiler, it ends as one
        )
        for descriptor in (commands, answered, lifeline):
            os.close(descriptor)
        try:
            self._greet()
        except WorkerError:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def ask(self, command: str, timeout: float, **arguments: Any) -> Any:
        """Let the worker do something, and return what it answers.

        Args:
            command: Name of a command.
            timeout: Seconds after which it counts as hung; then it is ended.
            arguments: Of the command.

        Raises:
            ConfigurationError: If the user can mend what is wrong.
            WorkerError: If the worker failed, died or hung.
        """
        try:
            self._channel.send({"command": command, **arguments}, timeout)
            answer = self._channel.receive(timeout)
        except ChannelLateError:
            self._end()
            raise self._error(f"did not answer {command!r} within {timeout:g} s") from None
        except ChannelClosedError:
            raise self._error(f"died in {command!r} ({self._exit()})") from None
        except ChannelBrokenError as error:
            self._end()
            raise self._error(f"answered {command!r} with {error}") from None
        except BaseException:  # such as Ctrl-C: the answer would be taken for that of the next one
            self._end()
            raise
        return self._result(command, answer)

    def close(self) -> None:
        """End the worker; closing twice is allowed."""
        if self._lifeline < 0:
            return
        if self._process.poll() is None:
            with contextlib.suppress(*_SILENCE, subprocess.TimeoutExpired):
                self._channel.send({"command": "close"}, _GOODBYE)
                self._channel.receive(_GOODBYE)
                self._process.wait(_GOODBYE)
        self._end()
        self._channel.close()
        os.close(self._lifeline)
        self._lifeline = -1
        self._log.close()

    def _greet(self) -> None:
        try:
            hello = self._channel.receive(self._timeout)
        except ChannelLateError:
            self._end()
            raise self._error(f"did not start within {self._timeout:g} s") from None
        except ChannelClosedError:
            raise self._error(f"died at its start ({self._exit()})") from None
        except ChannelBrokenError as error:
            raise self._error(f"is no worker of this package: it sent {error}") from None
        if hello.get("protocol") != PROTOCOL:
            version = hello.get("protocol")
            raise self._error(f"speaks version {version} of the protocol, not {PROTOCOL}")

    def _result(self, command: str, answer: dict[str, Any]) -> Any:
        refused, failed = answer.get("refused"), answer.get("failed")
        if refused is not None:
            raise ConfigurationError(refused["field"], refused["message"])
        if failed is not None:
            raise self._error(f"failed in {command!r}:\n{failed}")
        return answer.get("done")

    def _exit(self) -> str:
        """Return how a process ended that has closed its pipes."""
        try:
            code = self._process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self._end()
            return "it closed its pipes and had to be ended"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"

    def _end(self) -> None:
        """End the process and all that it started, unless it has ended."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _error(self, what: str) -> WorkerError:
        log = self._log.tail(_LOG_TAIL).strip()
        shown = f"; the end of its log:\n{log}" if log else "; its log is empty."
        return WorkerError(f"The worker of Isaac Gym {what}{shown}")
