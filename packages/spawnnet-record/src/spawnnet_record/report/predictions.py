"""Predicted and recorded actions along an episode, as a student's file and as curves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from spawnnet_record.files import reading, write_json
from spawnnet_record.report.line_chart import LineChart, Series, line_chart
from spawnnet_record.report.numbers import number


class PredictedEpisode(NamedTuple):
    """What a student predicts along an episode that it did not act in.

    Attributes:
        checkpoint: Of the student.
        split: The set that the episode is from.
        name: Of the episode.
        action_names: A words.
        recorded: L rows of A numbers: what was done.
        predicted: L rows of A numbers: the first action predicted at each step.
    """

    checkpoint: str
    split: str
    name: str
    action_names: Sequence[str]
    recorded: Sequence[Sequence[float]]
    predicted: Sequence[Sequence[float]]


class EpisodeCharts(NamedTuple):
    """An episode as a page shows it, a chart for each dimension of its actions."""

    title: str
    charts: list[LineChart]


def write_prediction(path: Path, episode: PredictedEpisode) -> None:
    """Write a JSON file that `read_predictions` finds in the folder `predictions` of a run."""
    write_json(path, episode._asdict())


def read_predictions(folder: Path) -> list[EpisodeCharts]:
    """Return the episodes in a folder, as curves.

    Raises:
        RecordError: If a file is damaged.
    """
    return [_charts(path) for path in sorted(folder.glob("*.json"))]


def _charts(path: Path) -> EpisodeCharts:
    with reading(path):
        episode = PredictedEpisode(**json.loads(path.read_text("utf-8")))
        charts = [_chart(episode, dim) for dim in range(len(episode.action_names))]
    return EpisodeCharts(f"{episode.split}: {episode.name}, by {episode.checkpoint}", charts)


def _chart(episode: PredictedEpisode, dim: int) -> LineChart:
    recorded = [(step, row[dim]) for step, row in enumerate(episode.recorded)]
    predicted = [(step, row[dim]) for step, row in enumerate(episode.predicted)]
    error = sum(abs(a - b) for (_, a), (_, b) in zip(recorded, predicted, strict=True))
    curves = [Series("predicted", predicted), Series("recorded", recorded)]
    chart = line_chart(episode.action_names[dim], curves, x_label="step")
    return chart._replace(note=f"mean error {number(error / len(recorded))}")
