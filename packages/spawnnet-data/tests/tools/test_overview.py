from types import SimpleNamespace
from typing import Any

import numpy as np

from spawnnet_data.common.errors import Problem
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.source import KeySpec
from spawnnet_data.tools.inspection import KeySummary
from spawnnet_data.tools.overview import KEY_COLUMNS, key_rows, overview, problems_of


def test_the_overview_tells_format_lengths_rate_and_episodes(written: Any) -> None:
    source = open_source(written.path)
    lines = list(overview(source))
    assert lines[0] == f"{written.path}: {source.format}"
    lengths = [episode.length for episode in source.episodes]
    assert lines[1].startswith(f"{len(lengths)} episodes, {sum(lengths)} time steps")
    assert lines[2].startswith("rate: ")
    assert len([line for line in lines if line.startswith("  ")]) == len(lengths)


def test_many_episodes_are_cut(written: Any) -> None:
    episode = SimpleNamespace(name="e", length=3, task="")
    source = SimpleNamespace(path="p", format="f", episodes=[episode] * 25, splits={}, rate=None)
    assert list(overview(source))[-1] == "  ... and 15 more"  # type: ignore[arg-type]
    source.episodes = []
    assert list(overview(source))[-1] == "no episode can be read"  # type: ignore[arg-type]


def test_each_key_has_a_row() -> None:
    spec = KeySpec("depth", (1, 4, 5), np.dtype(np.float32), 3, "mm")
    named = KeySpec("array", (2,), np.dtype(np.float32), 3, names=("x", "y"))
    summaries = [KeySummary("a", spec, 0, 2), KeySummary("b", named, -1, 1), KeySummary("c")]
    rows = list(key_rows(summaries))
    assert rows[0] == ("a", "depth in mm", "1x4x5", "float32", "0 to 2", "")
    assert rows[1] == ("b", "array", "2", "float32", "-1 to 1", "x y")
    assert rows[2][:2] == ("c", "unreadable")
    assert {len(row) for row in rows} == {len(KEY_COLUMNS)}


def test_each_problem_is_told_once() -> None:
    source = SimpleNamespace(problems=[Problem("a", "x."), Problem("a", "x.")])
    summaries = [KeySummary("k", problem="a: x."), KeySummary("l", problem="b: y.")]
    assert problems_of(source, summaries) == ["a: x.", "b: y."]  # type: ignore[arg-type]
