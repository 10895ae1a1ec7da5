"""A trainer that takes moments and leaves true run directories.

Its command is `resume RUN`. It descends a parabola: `train.lr` decides how far its loss falls;
`fails: true` ends it with status 1 after the first update, and `resume` goes on without that.
SIGTERM ends it after the update that it is in, with a checkpoint.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from spawnnet_config import ConfigError
from spawnnet_config.merging import merged
from spawnnet_record import MetricsLog, RunDirectory, RunRecord, running
from spawnnet_record.files import write_csv, write_json, write_text
from spawnnet_record.run_state import state_of
from spawnnet_record.success_rate import success_rate

DEFAULTS: dict[str, Any] = {
    "experiment": "toy",
    "output": "runs",
    "seed": 0,
    "train": {"lr": 0.1, "updates": 3, "pause": 0},
    "fails": False,
    "splits": ["train", "held_out"],
    "sweep": {},
}
EPISODES = 10


class ToyTrainer:
    """A `spawnnet_jobs.program.Program` whose command is this file."""

    command: Sequence[str] = (sys.executable, __file__)

    def read(self, file: Path) -> dict[str, Any]:
        settings: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        return settings

    def parse(self, text: str, source: str) -> Any:
        return yaml.safe_load(text)

    def complete(
        self, settings: Mapping[str, Any], overrides: Sequence[str] = ()
    ) -> dict[str, Any]:
        settings = dict(settings)
        for override in overrides:
            path, _, text = override.partition("=")
            change: Any = yaml.safe_load(text)
            for key in reversed(path.split(".")):
                change = {key: change}
            settings = merged(settings, change)
        if unknown := sorted(settings.keys() - DEFAULTS.keys()):
            raise ConfigError([f"{key}: unknown key." for key in unknown])
        if unknown := sorted(settings.get("train", {}).keys() - DEFAULTS["train"].keys()):
            raise ConfigError([f"train.{key}: unknown key." for key in unknown])
        return merged(DEFAULTS, settings)


def train(run: RunDirectory, settings: Mapping[str, Any]) -> None:
    terminated: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: terminated.append(number))
    begun = int(run.training_state.read_text("utf-8")) if run.training_state.is_file() else 0
    value = (1.0 + settings["seed"]) * (1 - 2 * settings["train"]["lr"]) ** begun
    with running(run), state_of(run), MetricsLog(run.metrics, resumed_at=begun) as log:
        for update in range(begun + 1, settings["train"]["updates"] + 1):
            value -= settings["train"]["lr"] * 2 * value
            log.log(update, {"train/loss": value**2})
            write_text(run.training_state, f"{update}")
            if settings["fails"] and begun == 0:
                raise SystemExit("It was asked to fail.")
            time.sleep(settings["train"]["pause"])
            if terminated:
                write_json(run.checkpoints / "interrupted.json", {"updates": update})
                raise KeyboardInterrupt
        successes = {"train": 6 + settings["seed"], "held_out": 4 + settings["seed"]}
        successes = {split: successes[split] for split in settings["splits"]}
        header = ["split", "cabinet", "successes", "episodes", "rate", "low", "high", "privileged"]
        rates = {split: success_rate(count, EPISODES) for split, count in successes.items()}
        rows = [[split, "all", *map(str, rate), "no"] for split, rate in rates.items()]
        write_csv(run.evaluation / "summary.csv", header, rows)
        numbers = {f"success/{split}": rate.rate for split, rate in rates.items()}
        write_json(run.result, {"train/loss": value**2, **numbers})


def main() -> None:
    _, command, folder = sys.argv
    assert command == "resume"
    run = RunDirectory.open(Path(folder))
    train(run, RunRecord(run).settings())


if __name__ == "__main__":
    main()
