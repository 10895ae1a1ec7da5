"""The charts of a plan on the page of a study: success on each split, and localisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from spawnnet_jobs.studies.results import Group, SplitResult
from spawnnet_record.report.intervals import Interval, IntervalChart, interval_chart
from spawnnet_record.report.numbers import percent
from spawnnet_record.report.success import UNIT


def charts_of(groups: Sequence[Group]) -> Iterator[IntervalChart]:
    """Yield a chart for each split and each value of the axes before the last one."""
    for column, of_column in groupby(groups, key=_column):
        members = list(of_column)
        for split in dict.fromkeys(split for group in members for split in group.splits):
            results = {_label(g): g.splits[split] for g in members if split in g.splits}
            title = ", ".join(filter(None, [column, split.replace("_", " ")]))
            rates = [_success(label, result) for label, result in results.items()]
            yield interval_chart(f"{title}: success", rates, UNIT)
            errors = list(_localisation(results))
            if errors:
                yield interval_chart(f"{title}: localisation error, cm", errors)


def _column(group: Group) -> str:
    return ", ".join(list(group.labels.values())[:-1])


def _label(group: Group) -> str:
    return list(group.labels.values())[-1]


def _success(label: str, result: SplitResult) -> Interval:
    rate = result.pooled
    text = f"{percent(rate.rate)}, {rate.successes} of {rate.episodes}"
    seeds = [one.rate for one in result.rates] if len(result.rates) > 1 else []
    return Interval(label, rate.rate, rate.low, rate.high, text, seeds)


def _localisation(results: dict[str, SplitResult]) -> Iterator[Interval]:
    for label, result in results.items():
        if result.handle_error is not None:
            yield Interval(f"{label} ({result.privileged})", result.handle_error)
