from dataclasses import replace
from pathlib import Path

import pytest

from spawnnet_sim.training.learning_curve import CurvePoint, draw_curve, read_curve, write_curve

POINTS = [
    CurvePoint(20, 0.5, -3.25, 0.0, -0.001, 0.5),
    CurvePoint(40, 1.25, 12.5, 0.25, 0.0625, 0.375),
]


def test_a_curve_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_curve(tmp_path / "curve.csv", POINTS)
    assert read_curve(tmp_path / "curve.csv") == POINTS
    header = "steps,seconds,mean_return,success_rate,mean_opened,deviation"
    assert (tmp_path / "curve.csv").read_text().startswith(f"{header}\n20,0.5,-3.25,0,-0.001,0.5\n")


def test_a_long_training_goes_on_from_its_last_step(tmp_path: Path) -> None:
    long = [replace(POINTS[0], steps=12_345_678)]
    write_curve(tmp_path / "curve.csv", long)
    assert read_curve(tmp_path / "curve.csv") == long


def test_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"curve\.csv: is not a learning curve"):
        read_curve(tmp_path / "curve.csv")


def test_a_picture_of_it_is_small(tmp_path: Path) -> None:
    draw_curve(tmp_path / "curve.png", POINTS, "PPO")
    content = (tmp_path / "curve.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) < 100_000
