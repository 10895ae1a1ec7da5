import math
from pathlib import Path

import pytest
from PIL import Image

from spawnnet_jobs.sweeps.comparison import Comparison, Outcome
from spawnnet_jobs.sweeps.comparison_plot import write_comparison
from spawnnet_record.success_rate import success_rate


def outcome(loss: float, successes: int | None = None) -> Outcome:
    if successes is None:
        return Outcome({"train/loss": loss}, {})
    rate = success_rate(successes, 20)
    return Outcome({"train/loss": loss, "success/held_out": rate.rate}, {"held_out": rate})


@pytest.fixture
def comparison() -> Comparison:
    """Two learning rates with three seeds each, of which one failed."""
    overrides = [[f"lr={lr}", f"seed={seed}"] for lr in (1, 2) for seed in range(3)]
    outcomes = [outcome(0.1, 12), outcome(0.2, 16), outcome(0.6, 14), outcome(0.5, 3), None, None]
    return Comparison.of(overrides, outcomes)


def test_runs_stand_side_by_side_and_failed_ones_are_empty(comparison: Comparison) -> None:
    header, rows = comparison.runs()
    assert header == ["lr", "seed", "success/held_out", "train/loss"]
    assert rows[0] == ["1", "0", "0.6", "0.1"]
    assert rows[4] == ["2", "1", "", ""]


def test_seeds_are_averaged_with_the_interval_of_their_mean(comparison: Comparison) -> None:
    loss = comparison.averages()[("1",)]["train/loss"]
    assert loss.values == (0.1, 0.2, 0.6)
    assert loss.mean == pytest.approx(0.3)
    # Student's t with two degrees of freedom; the standard deviation is sqrt(0.07).
    half = 4.303 * math.sqrt(0.07) / math.sqrt(3)
    assert (loss.low, loss.high) == pytest.approx((0.3 - half, 0.3 + half))
    assert loss.pooled is None


def test_episodes_of_all_seeds_are_pooled(comparison: Comparison) -> None:
    assert comparison.averages()[("1",)]["success/held_out"].pooled == success_rate(42, 60)
    header, rows = comparison.settings()
    assert header == [
        "lr", "metric", "seeds", "mean", "low", "high", "pooled", "pooled_low", "pooled_high"
    ]  # fmt: skip
    assert [row[:4] for row in rows] == [
        ["1", "success/held_out", "3", "0.7"],
        ["1", "train/loss", "3", "0.3"],
        ["2", "success/held_out", "1", "0.15"],
        ["2", "train/loss", "1", "0.5"],
    ]
    assert rows[0][6] == "42/60"
    assert rows[2][4:7] == ["", "", "3/20"]  # of one seed there is no interval over seeds


def test_a_grid_of_seeds_alone_is_one_setting() -> None:
    comparison = Comparison.of([["seed=0"], ["seed=1"]], [outcome(1.0), outcome(3.0)])
    assert comparison.settings()[1][0][:3] == ["train/loss", "2", "2"]


def test_every_metric_has_a_panel(comparison: Comparison, tmp_path: Path) -> None:
    write_comparison(comparison, tmp_path / "sweep.png")
    with Image.open(tmp_path / "sweep.png") as picture:
        assert picture.size == (1000, 400)
    write_comparison(Comparison.of([["seed=0"]], [None]), tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
