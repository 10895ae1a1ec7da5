"""A learning phase of DAgger at the paper's size, and what it takes of memory and disk.

`python benchmarks/paper_phase.py [CONFIG] [--set PATH=VALUE ...]` runs `paper_phase.yaml`: one
rollout of 21 cabinets and 20 updates, without the evaluation that a run ends with. Almost all
of its time is the frozen backbone's, once per image: 12,096 of them.
"""

from __future__ import annotations

import argparse
import resource
import time
from contextlib import closing
from pathlib import Path

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.metrics import MetricsLog
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.machine import prepare_torch, resolve
from spawnnet_train.runs.storage import decide_storage
from spawnnet_train.runs.training import Training
from spawnnet_train.runs.versions import create_run
from spawnnet_train.student.create import create_student


def run_phase(config_file: Path, overrides: list[str]) -> Path:
    """Run the rounds of a configuration and return the folder of the run."""
    config = load_config(config_file, overrides)
    device = prepare_torch(config)
    config = resolve(config, device)
    console = Console()
    with closing(open_algorithm(config)) as algorithm:
        student = create_student(config, algorithm.spec, device)
        config, storage = decide_storage(config, algorithm, student)
        print(f"needs {storage}", flush=True)
        run = create_run(config.output, config.experiment, dump_yaml(config))
        training = Training(config, algorithm, student, run=run, console=console)
        with MetricsLog(run.metrics) as metrics:
            training.run_all(metrics)
    return run.path


def disk_bytes(folder: Path) -> int:
    """Return the bytes that the files below a folder take, holes left out."""
    return sum(512 * path.stat().st_blocks for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Print the peaks."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).with_suffix(".yaml")
    parser.add_argument("config", type=Path, nargs="?", default=default)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    options = parser.parse_args()
    start, cpu = time.perf_counter(), time.process_time()
    path = run_phase(options.config, options.overrides)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{time.perf_counter() - start:.0f} s, {time.process_time() - cpu:.0f} s of CPU")
    print(f"peak memory {usage.ru_maxrss / 1e6:.2f} GB (resident)")
    print(f"replay buffer on disk {disk_bytes(path / 'storage') / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
