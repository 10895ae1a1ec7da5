"""The program that runs Isaac Gym: started by its file, in the Python that Isaac Gym needs.

It imports the standard library, NumPy, isaacgym and torch, in this order, and modules of its own
folder. It obeys one command after the other and answers each: `{"done": ...}`, or `{"refused":
{"field", "message"}}` for what its user can mend, or `{"failed": traceback}`.
"""

import argparse
import sys
import traceback
from typing import Any, Dict

from frames import PROTOCOL, Channel, ChannelClosedError
from lifeline import end_with
from memory import open_arrays
from refusals import RefusalError


class Worker:
    """What the commands do; each is a method that gets the rest of its message."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._simulation = None  # type: Any

    def load(self) -> Dict[str, str]:
        """Import the simulator; compiles gymtorch at the first time."""
        try:
            from isaacgym import gymapi, gymtorch  # noqa: F401
        except ImportError as error:
            raise RefusalError("python", f"cannot import isaacgym: {error}.") from None
        try:
            import torch
        except ImportError as error:
            raise RefusalError("python", f"cannot import torch: {error}.") from None
        return {"python": sys.version.split()[0], "torch": torch.__version__}

    def create(self, description: Dict[str, Any], size: int, fields: Any) -> Dict[str, Any]:
        """Build the environments, and open the memory that their states and images go to."""
        from simulation import Simulation  # imports the simulator

        arrays = open_arrays(self._memory, size, fields)
        self._simulation = Simulation(description, arrays)
        return self._simulation.facts()

    def place(self, exact: bool) -> None:
        """Put robots, cabinets and balls where the arrays say."""
        self._simulation.place(exact)

    def step(self) -> None:
        """Advance by one control step."""
        self._simulation.step()

    def render(self) -> None:
        """Draw what the cameras see."""
        self._simulation.render()

    def close(self) -> None:
        """Free the simulator, if there is one."""
        if self._simulation is not None:
            self._simulation.close()
        self._simulation = None


def answer(worker: Worker, message: Dict[str, Any]) -> Dict[str, Any]:
    """Carry out a command and return what to say."""
    arguments = dict(message)
    try:
        return {"done": getattr(worker, arguments.pop("command"))(**arguments)}
    except RefusalError as refusal:
        return {"refused": {"field": refusal.field, "message": refusal.message}}
    except Exception:  # whatever it is, the parent reports it
        return {"failed": traceback.format_exc()}


def main() -> None:
    """Obey until told to close, or until the parent is gone."""
    parser = argparse.ArgumentParser()
    for name in ("commands", "answers", "lifeline", "memory"):
        parser.add_argument("--" + name, type=int, required=True)
    given = parser.parse_args()
    end_with(given.lifeline)
    channel = Channel(given.commands, given.answers)
    worker = Worker(given.memory)
    try:
        channel.send({"protocol": PROTOCOL, "python": sys.version.split()[0]})
        while True:
            message = channel.receive()
            channel.send(answer(worker, message))
            if message.get("command") == "close":
                return
    except ChannelClosedError:
        return


if __name__ == "__main__":
    main()
