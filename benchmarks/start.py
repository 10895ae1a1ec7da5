"""How soon a mistake in a configuration file is answered.

Times, in turn, so that what else the machine does meets all alike: importing the libraries that
any strict reader of YAML with a command line needs, a wrong key given to `spawnnet-train check`,
`--help`, and importing torch. Run it in the environment of spawnnet-train:

    python benchmarks/start.py --times 7
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

YARDSTICK = "import pydantic, yaml, typer"
COMMAND = "from spawnnet_train.cli import app; app()"


def seconds(code: str, *arguments: str) -> tuple[float, int]:
    """Return how long a new interpreter takes to run code, and its status."""
    start = time.perf_counter()
    command = [sys.executable, "-c", code, *arguments]
    status = subprocess.run(command, capture_output=True, check=False).returncode
    return time.perf_counter() - start, status


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
        taken: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(options.times):
            for name, case in cases.items():
                duration, status = seconds(*case)
                assert status == (2 if name == "a wrong key" else 0), name
                taken[name].append(duration)
    unit = statistics.median(taken[YARDSTICK])
    for name, durations in taken.items():
        median = statistics.median(durations)
        print(f"{name:<32} {median:6.2f} s  {median / unit:5.2f} times the first")


if __name__ == "__main__":
    main()
