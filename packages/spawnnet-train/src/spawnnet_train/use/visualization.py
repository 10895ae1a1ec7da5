"""Pictures and videos of what a student predicts along demonstrations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.curves import write_curves
from spawnnet_record.figures import new_figure, write_figure
from spawnnet_train.config.simulator import open_mp4
from spawnnet_train.rollouts.attention import draw_attention
from spawnnet_train.rollouts.captions import captioned
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.prediction import Prediction, predict_episode
from spawnnet_train.runs.saved_run import open_saved_run
from spawnnet_train.student.spec import StudentSpec

_COLUMNS = 3
_CHUNKS = 10  # chunks drawn along an episode, about
_DEFAULT_RATE = 10.0  # Hz, of a video where the files do not tell


def visualize(
    path: Path | str,
    console: Console | None = None,
    *,
    checkpoint: str | None = None,
    max_episodes: int | None = None,
) -> Path:
    """Write a PNG and an MP4 for every labelled episode of a run and return their folder.

    Those are the validation demonstrations of behaviour cloning, and episodes of the expert in
    simulation for DAgger.

    Args:
        path: A run directory.
        console: Shows progress; by default at the terminal.
        checkpoint: `best`, or the latest, if None.
        max_episodes: Of each set; None for all.

    Raises:
        RecordError: If there is no such run or checkpoint.
        ConfigError: If the demonstrations are gone.
    """
    console = console or Console()
    run = open_saved_run(Path(path), checkpoint)
    folder = run.directory.pictures / run.checkpoint
    write_curves(run.directory.metrics, run.directory.curves)
    with closing(open_algorithm(run.config)) as algorithm:
        total = algorithm.num_labelled_episodes(max_episodes)
        with console.progress("visualize", total) as advance:
            for number, episode in enumerate(algorithm.labelled_episodes(max_episodes)):
                stem = re.sub(r"[^\w.-]+", "_", f"{episode.split}_{number:03d}_{episode.name}")
                _write(folder / stem, predict_episode(run, episode), run.spec)
                advance()
    console.paths("Look at", {"predictions": folder, "learning curves": run.directory.curves})
    return folder


def _write(stem: Path, prediction: Prediction, spec: StudentSpec) -> None:
    """Write the curves and the video of one episode."""
    figure = draw_actions(prediction, spec.action_names)
    write_figure(figure, stem.with_name(f"{stem.name}.png"))
    with open_mp4(stem.with_name(f"{stem.name}.mp4"), spec.rate or _DEFAULT_RATE) as film:
        for step in range(len(prediction.rgb)):
            film(draw_step(prediction, step, spec))


def draw_actions(prediction: Prediction, names: Sequence[str]) -> Any:
    """Return a figure with one panel per dimension of an action, however many there are.

    The recorded action is a line, predicted chunks start at the dots where they were predicted,
    and the shaded area is the error of the action predicted first at each step.
    """
    num_steps, T, A = prediction.chunks.shape
    rows = -(-A // _COLUMNS)
    figure = new_figure(15, 2.6 * rows + 0.6)
    time = np.arange(num_steps)
    for dim, name in enumerate(names):
        axes = figure.add_subplot(rows, _COLUMNS, dim + 1)
        recorded, first = prediction.actions[:, dim], prediction.chunks[:, 0, dim]
        axes.fill_between(time, recorded, first, color="tab:red", alpha=0.25, label="error")
        axes.plot(time, recorded, color="tab:orange", label="recorded")
        if T == 1:
            axes.plot(time, first, color="tab:blue", linewidth=1, label="predicted")
        for start in range(0, num_steps, max(1, num_steps // _CHUNKS)) if T > 1 else ():
            chunk = prediction.chunks[start, : num_steps - start, dim]
            steps = start + np.arange(len(chunk))
            label = "predicted chunk" if start == 0 else None
            axes.plot(steps, chunk, color="tab:blue", linewidth=1, label=label)
            axes.plot(start, chunk[0], ".", color="tab:blue")
        axes.set_title(f"{name}, mean error {np.abs(recorded - first).mean():.3g}", fontsize=10)
        axes.set_xlabel("step")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=3)
    figure.suptitle(prediction.name, x=0.02, ha="left")
    return figure


def draw_step(prediction: Prediction, step: int, spec: StudentSpec) -> NDArray[np.uint8]:
    """Return a picture of one step: a row per view, time and error above, sides even."""
    _, V, _, H, W = prediction.rgb.shape
    maps = prediction.attention
    shown = np.zeros((V, 0, H, W), np.float32) if maps is None else maps[step]
    picture = draw_attention(prediction.rgb[step], shown, spec.views)
    height, width, _ = picture.shape
    even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)))
    return captioned(even, _caption(prediction, step, spec.rate))


def _caption(prediction: Prediction, step: int, rate: float | None) -> str:
    """Return the time, in seconds where the rate is known, and the error of the first action."""
    error = np.abs(prediction.chunks[step, 0] - prediction.actions[step]).mean()
    time = "" if rate is None else f"{step / rate:.2f} s, "
    return f"{time}step {step + 1}/{len(prediction.rgb)}, mean error {error:.3f}"
