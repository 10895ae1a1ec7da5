"""The page about one run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spawnnet_record.files import reading, write_text
from spawnnet_record.report.media import Medium, embedded, read_facts
from spawnnet_record.report.numbers import moment
from spawnnet_record.report.page import render
from spawnnet_record.report.predictions import EpisodeCharts, read_predictions
from spawnnet_record.report.run_charts import run_charts
from spawnnet_record.report.spending import spending_of
from spawnnet_record.report.success import Success, success_of
from spawnnet_record.run_record import RunRecord

_SPLITS = ("train", "new", "held_out")
_MOST_EPISODES = 2  # of which predictions are shown


def write_run_page(record: RunRecord) -> Path:
    """Write `report.html` of a run as far as it has come, all or nothing, and return it.

    Raises:
        RecordError: If a file of the run is damaged.
    """
    directory = record.directory
    settings, state = record.settings(), record.state()
    page = render(
        "run.html.j2",
        title=f"{directory.path.resolve().parent.name}, {directory.path.resolve().name}",
        experiment=directory.path.resolve().parent.name,
        name=directory.path.resolve().name,
        what=what_runs(settings),
        state=state,
        started=moment(state.started),
        changed=moment(state.changed),
        success=_success(record),
        result=record.result() if record.metrics() else {},
        charts=run_charts(record),
        videos=_newest(directory.path, directory.videos, "*.mp4"),
        attention=_newest(directory.path, directory.attention, "*.png"),
        predictions=_predictions(directory.pictures),
        spending=spending_of(record),
        settings=record.changed_settings(),
        all_settings=directory.config.read_text("utf-8"),
        versions=record.versions(),
    )
    write_text(directory.report, page)
    return directory.report


def _success(record: RunRecord) -> Success | None:
    rows = record.last_summary()
    with reading(record.directory.evaluation):
        return success_of(rows)


def what_runs(settings: Mapping[str, Any]) -> str:
    """Return in a few words what a run trains and how; parts that are not named are left out."""
    backbone = _get(settings, "encoder", "backbone", "model")
    encoder = " over ".join(filter(None, [_get(settings, "encoder", "name"), backbone]))
    simulation = _get(settings, "simulation", "task")
    parts = [_get(settings, "algorithm", "name"), simulation, encoder]
    return ", ".join(filter(None, [*parts, _get(settings, "policy", "name")]))


def _get(settings: Any, *path: str) -> str:
    for key in path:
        settings = settings.get(key) if isinstance(settings, Mapping) else None
    return str(settings or "")


def _newest(root: Path, folder: Path, pattern: str) -> list[Medium]:
    """Return the newest picture or video of each split, of students that saw something."""
    newest: dict[str, Path] = {}
    for file in sorted(folder.glob(pattern), key=lambda file: file.stat().st_mtime_ns):
        facts = read_facts(file)
        if not facts.get("blind", file.stem.endswith("_blind")):
            newest[facts.get("split") or _split_of(file.stem)] = file
    order = sorted(newest, key=lambda split: (*_SPLITS, split).index(split))
    return embedded(root, [newest[split] for split in order])


def _split_of(stem: str) -> str:
    """Return the split that a file without facts is named after."""
    found = re.search(rf"({'|'.join(_SPLITS)})$", stem)
    return found[1] if found else stem


def _predictions(folder: Path) -> list[EpisodeCharts]:
    """Return the predictions of the student that was looked at last."""
    folders: Iterable[Path] = (file.parent for file in folder.glob("*/*.json"))
    newest = max(folders, key=lambda place: place.stat().st_mtime_ns, default=None)
    return read_predictions(newest)[:_MOST_EPISODES] if newest else []
