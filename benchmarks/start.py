"""How soon a mistake in a configuration file is answered.

Times, in turn, so that what else the machine does meets all alike: importing the libraries that
any strict reader of YAML with a command line needs, a wrong key given to `spawnnet-train check`,
`--help`, and importing torch. CPU seconds stand beside those of the clock, since other programs
make a process wait but hardly work more. Run it in the environment of spawnnet-train:

    python benchmarks/start.py --times 7
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

YARDSTICK = "import pydantic, yaml, typer"
COMMAND = "from spawnnet_train.cli import app; app()"


class Taken(NamedTuple):
    """Seconds by the clock, and of work."""

    clock: float
    cpu: float


def start(code: str, *arguments: str) -> tuple[Taken, int]:
    """Return how long a new interpreter takes to run code, and its status."""
    clock, cpu = time.perf_counter(), _cpu_of_children()
    command = [sys.executable, "-c", code, *arguments]
    status = subprocess.run(command, capture_output=True, check=False).returncode
    return Taken(time.perf_counter() - clock, _cpu_of_children() - cpu), status


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--torch", action="store_true", help="time the import of torch, too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "wrong.yaml"
        file.write_text(
            "algorithm: {name: dagger}\nsimulation: {}\nencoder: {name: spawnnet, widht: 3}\n"
            "policy: {name: mlp}\n"
        )
        cases: dict[str, tuple[str, ...]] = {
            YARDSTICK: (YARDSTICK,),
            "a wrong key": (COMMAND, "check", str(file)),
            "--help": (COMMAND, "--help"),
        }
        if options.torch:
            cases["import torch"] = ("import torch",)
        taken: dict[str, list[Taken]] = {name: [] for name in cases}
        for _ in range(options.times):
            for name, case in cases.items():
                once, status = start(*case)
                assert status == (2 if name == "a wrong key" else 0), name
                taken[name].append(once)
    unit = _medians(taken[YARDSTICK])
    print(f"{'':<32} clock, s  times the first   CPU, s  times the first")
    for name, times in taken.items():
        median = _medians(times)
        clock = f"{median.clock:8.2f}  {median.clock / unit.clock:15.2f}"
        print(f"{name:<32} {clock}  {median.cpu:7.2f}  {median.cpu / unit.cpu:15.2f}")


def _medians(times: list[Taken]) -> Taken:
    return Taken(*(statistics.median(of_kind) for of_kind in zip(*times, strict=True)))


if __name__ == "__main__":
    main()
