import json
from pathlib import Path

import numpy as np
from PIL import Image

from spawnnet_record.curves import write_curves


def test_a_picture_shows_every_metric(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"

    def draw(*rows: dict[str, float]) -> np.ndarray:
        metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
        write_curves(metrics, tmp_path / "curves.png")
        return np.asarray(Image.open(tmp_path / "curves.png"))

    base = {"seconds": 1.0, "train/loss": 0.5, "val/abs_L1/x (m)": 0.1, "val/abs_L2/x (m)": 0.2}
    rows = [{"update": update, **base} for update in (1, 2)]
    picture = draw(*rows)
    more = draw(*[{**row, "val/mse_L1": 0.3, "val/mse_L2": 0.4} for row in rows])
    assert more.shape[0] > picture.shape[0]  # 3 panels, then 4 in two rows of three
    changed = draw(rows[0], {**rows[1], "val/abs_L1/x (m)": 0.7})
    assert (changed != picture).any()


def test_without_metrics_there_is_no_picture(tmp_path: Path) -> None:
    write_curves(tmp_path / "metrics.jsonl", tmp_path / "curves.png")
    assert not list(tmp_path.iterdir())


def test_the_number_of_a_period_is_no_curve(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.jsonl"
    pictures = []
    for counted in ({}, {"round": 1.0, "epoch": 2.0}):
        metrics.write_text(json.dumps({"update": 1, "seconds": 1.0, "train/loss": 0.5, **counted}))
        metrics.write_text(metrics.read_text() + "\n")
        write_curves(metrics, tmp_path / "curves.png")
        pictures.append(np.asarray(Image.open(tmp_path / "curves.png")))
    assert np.array_equal(*pictures)
