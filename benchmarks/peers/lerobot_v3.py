"""LeRobot's own writer and loader: Parquet and AV1 videos."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from clock import ACTION, CAMERAS, STATE, draw_episode, loader, run
from lerobot.datasets.lerobot_dataset import LeRobotDataset

RATE = 20


def write(chosen: argparse.Namespace) -> None:
    """Write a LeRobotDataset."""
    numbers = {"observation.state": STATE, "action": ACTION}
    features = {
        name: {"dtype": "float32", "shape": (width,), "names": None}
        for name, width in numbers.items()
    }
    shape, names = (chosen.size, chosen.size, 3), ["height", "width", "channels"]
    for camera in CAMERAS:
        feature = {"dtype": "video", "shape": shape, "names": names}
        features[f"observation.images.{camera}"] = feature
    dataset = LeRobotDataset.create("benchmark/set", RATE, features, root=chosen.path)
    for number in range(chosen.episodes):
        episode = draw_episode(number, chosen.steps, chosen.size)
        for step in range(chosen.steps):
            frame = {f"observation.images.{c}": episode[c][step] for c in CAMERAS}
            frame["observation.state"] = episode["state"][step]
            dataset.add_frame({**frame, "action": episode["action"][step], "task": "benchmark"})
        dataset.save_episode()
    dataset.finalize()


def read(chosen: argparse.Namespace) -> Callable[[], Iterator[int]]:
    """Return what opens the set."""
    past = [(step - chosen.frames + 1) / RATE for step in range(chosen.frames)]
    seen = ["observation.state", *(f"observation.images.{camera}" for camera in CAMERAS)]
    times = dict.fromkeys(seen, past)
    times["action"] = [step / RATE for step in range(chosen.horizon)]
    return lambda: loader(LeRobotDataset("benchmark/set", root=chosen.path, delta_timestamps=times))


if __name__ == "__main__":
    run(write, read)
