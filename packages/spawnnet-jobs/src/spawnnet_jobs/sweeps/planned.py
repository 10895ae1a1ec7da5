"""A sweep as it is planned: what runs where, whoever runs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from spawnnet_config import ConfigError
from spawnnet_jobs.places import finished_run, identity
from spawnnet_jobs.program import Program
from spawnnet_jobs.sweeps.comparison import Comparison, Outcome
from spawnnet_jobs.sweeps.comparison_plot import write_comparison
from spawnnet_jobs.sweeps.grid import combinations, read_axes
from spawnnet_record.files import write_csv
from spawnnet_record.report import sweep_page


class Combination(NamedTuple):
    """One run of a sweep.

    Attributes:
        overrides: `path=value` for each setting that differs between the runs.
        settings: Complete ones.
        place: Its folder.
    """

    overrides: Sequence[str]
    settings: Mapping[str, Any]
    place: Path

    @property
    def title(self) -> str:
        """What it is called on the screen."""
        return " ".join(self.overrides) or "the only run"

    def outcome(self) -> Outcome | None:
        """Return what its last finished run came to; None if none is finished."""
        run = finished_run(self.place)
        return run and Outcome.of(run)


class Sweep(NamedTuple):
    """All combinations of a grid.

    Attributes:
        folder: `sweep` in the folder of the experiment.
        settings: Complete ones that all have in common.
        combinations: In the order of the grid.
    """

    folder: Path
    settings: Mapping[str, Any]
    combinations: Sequence[Combination]

    @classmethod
    def planned(cls, program: Program, config: Path, grid: Sequence[str] = ()) -> Self:
        """Return the sweep of a configuration file.

        Args:
            program: What runs.
            config: A YAML file; `sweep` in it is a grid.
            grid: `path=a,b,c` each, see `read_axes`. A path with one value holds for all runs.

        Raises:
            ConfigError: If a combination cannot be run, or two are the same.
        """
        settings = {"experiment": config.stem, **program.read(config)}
        axes = read_axes(program, program.complete(settings), grid)
        (same,) = combinations({path: axis for path, axis in axes.items() if len(axis) == 1})
        varied = {path: axis for path, axis in axes.items() if len(axis) > 1}
        base = program.complete(settings, same)
        folder = Path(base["output"]) / base["experiment"] / "sweep"
        found = []
        for overrides in combinations(varied):
            complete = {**program.complete(settings, [*same, *overrides]), "sweep": {}}
            found.append(Combination(overrides, complete, folder / identity(complete)))
        _check_differ(found)
        return cls(folder, base, found)

    def collect(self) -> Comparison:
        """Compare what has come out so far.

        It is also in `report.html`, `sweep.csv`, `sweep_settings.csv` and `sweep.png` in the folder
        of the sweep. A combination that has not finished has no results.
        """
        overrides = [each.overrides for each in self.combinations]
        comparison = Comparison.of(overrides, [each.outcome() for each in self.combinations])
        write_csv(self.folder / sweep_page.RUNS, *comparison.runs())
        write_csv(self.folder / sweep_page.SETTINGS, *comparison.settings())
        write_comparison(comparison, self.folder / "sweep.png")
        sweep_page.write_sweep_page(self.folder)
        return comparison


def _check_differ(combinations: Sequence[Combination]) -> None:
    """Check that no two combinations are one run, which would train twice in one folder."""
    first: dict[Path, Combination] = {}
    for each in combinations:
        if (other := first.setdefault(each.place, each)) is not each:
            message = f"{other.title} and {each.title} are the same run; name every value once."
            raise ConfigError([f"sweep: {message}"])
