"""Runs of a sweep side by side, and averaged over their seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple, final

from spawnnet_record.files import reading
from spawnnet_record.run_record import RunRecord
from spawnnet_record.success_rate import Rate, pooled_rate, rate_of

_COMPARED = ("train/loss", "val/mse_", "val/abs_", "success/", "evaluation/")
# 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom; more get the last, a wider one.
_T975 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)

Table = tuple[list[str], list[list[str]]]
"""A header and rows."""


class Outcome(NamedTuple):
    """What a run came to.

    Attributes:
        metrics: The last values of those metrics that are compared.
        rates: Success rates by split.
    """

    metrics: dict[str, float]
    rates: dict[str, Rate]

    @classmethod
    def of(cls, run: RunRecord) -> Outcome:
        """Return the outcome of a finished run."""
        result = run.saved_result()
        with reading(run.directory.result):
            known = {n: v for n, v in result.items() if _is_compared(n) and v is not None}
            metrics = {name: float(value) for name, value in known.items()}
        rates = {row["split"]: rate_of(row) for row in run.success_rates()}
        return cls(metrics, rates)


class Average(NamedTuple):
    """A metric of one setting, over its seeds.

    Attributes:
        values: One per seed.
        mean: Of them.
        low: Lower end of the 95 % interval of the mean over seeds (Student's t); NaN of one seed.
        high: Its upper end.
        pooled: All episodes of all seeds together, for a success rate.
    """

    values: tuple[float, ...]
    mean: float
    low: float
    high: float
    pooled: Rate | None


@final
class Comparison:
    """The combinations of a sweep with what they came to.

    Args:
        names: Paths of the settings.
        chosen: Their values, run by run.
        outcomes: None for a run that failed.
    """

    def __init__(
        self,
        names: Sequence[str],
        chosen: Sequence[tuple[str, ...]],
        outcomes: Sequence[Outcome | None],
    ) -> None:
        self._names, self._chosen, self._outcomes = list(names), chosen, outcomes
        found = {name for outcome in outcomes if outcome for name in outcome.metrics}
        self.metrics = sorted(found)

    @classmethod
    def of(
        cls, overrides: Sequence[Sequence[str]], outcomes: Sequence[Outcome | None]
    ) -> Comparison:
        """Return the comparison of runs by their overrides `path=value`."""
        names = [override.partition("=")[0] for override in overrides[0]]
        chosen = [tuple(text.partition("=")[2] for text in each) for each in overrides]
        return cls(names, chosen, outcomes)

    @property
    def num_failed(self) -> int:
        """Runs without a result."""
        return sum(outcome is None for outcome in self._outcomes)

    def runs(self) -> Table:
        """Return a row for every run."""
        rows = []
        for chosen, outcome in zip(self._chosen, self._outcomes, strict=True):
            metrics = outcome.metrics if outcome else {}
            numbers = [f"{metrics[n]:.5g}" if n in metrics else "" for n in self.metrics]
            rows.append([*chosen, *numbers])
        return [*self._names, *self.metrics], rows

    def settings(self) -> Table:
        """Return a row for every setting and metric, over all seeds of the setting."""
        names = [name for name in self._names if name != "seed"]
        header = ["metric", "seeds", "mean", "low", "high", "pooled", "pooled_low", "pooled_high"]
        rows = [
            [*setting, metric, *_cells(average)]
            for setting, averages in self.averages().items()
            for metric, average in averages.items()
        ]
        return [*names, *header], rows

    def averages(self) -> dict[tuple[str, ...], dict[str, Average]]:
        """Return by setting, without its seed, and by metric what its seeds came to on average."""
        seeds: dict[tuple[str, ...], list[Outcome]] = {}
        for chosen, outcome in zip(self._chosen, self._outcomes, strict=True):
            pairs = zip(self._names, chosen, strict=True)
            setting = tuple(value for name, value in pairs if name != "seed")
            seeds.setdefault(setting, []).extend([outcome] if outcome else [])
        return {
            setting: {
                metric: _average(metric, [o for o in outcomes if metric in o.metrics])
                for metric in self.metrics
                if any(metric in outcome.metrics for outcome in outcomes)
            }
            for setting, outcomes in seeds.items()
        }


def _average(metric: str, outcomes: Sequence[Outcome]) -> Average:
    values = tuple(outcome.metrics[metric] for outcome in outcomes)
    mean, half = statistics.fmean(values), math.nan
    if len(values) > 1:
        quantile = _T975[min(len(values) - 1, len(_T975)) - 1]
        half = quantile * statistics.stdev(values) / math.sqrt(len(values))
    rates = [
        o.rates[split] for o in outcomes if (split := metric.removeprefix("success/")) in o.rates
    ]
    pooled = None
    if metric.startswith("success/") and rates:
        pooled = pooled_rate(rates)
    return Average(values, mean, mean - half, mean + half, pooled)


def _cells(average: Average) -> list[str]:
    pooled = average.pooled
    of_seeds = [str(len(average.values)), f"{average.mean:.5g}"]
    interval = [
        "" if math.isnan(value) else f"{value:.5g}" for value in (average.low, average.high)
    ]
    if pooled is None:
        return [*of_seeds, *interval, "", "", ""]
    counts = f"{pooled.successes}/{pooled.episodes}"
    return [*of_seeds, *interval, counts, f"{pooled.low:.4f}", f"{pooled.high:.4f}"]


def _is_compared(name: str) -> bool:
    return name.startswith(_COMPARED) and name.count("/") == 1
