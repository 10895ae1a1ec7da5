from pathlib import Path

import numpy as np
from PIL import Image

from spawnnet_record.success_curve import write_success_curve


def row(split: str, period: int, rate: float) -> dict[str, str]:
    low, high = max(0.0, rate - 0.1), min(1.0, rate + 0.1)
    numbers = {"rate": str(rate), "low": str(low), "high": str(high)}
    return {"split": split, "period": str(period), **numbers}


def colours(picture: Path) -> set[tuple[int, ...]]:
    with Image.open(picture) as image:
        return {colour for _, colour in image.convert("RGB").getcolors(1 << 20) or []}  # type: ignore[misc]


def test_every_split_has_a_line_and_a_shade(tmp_path: Path) -> None:
    both = [row(split, period, 0.2 * period) for period in (0, 1, 3) for split in ("train", "new")]
    write_success_curve(both, tmp_path / "both.png")
    write_success_curve([r for r in both if r["split"] == "train"], tmp_path / "one.png")
    blue, orange = (31, 119, 180), (255, 127, 14)
    assert {blue, orange} <= colours(tmp_path / "both.png")
    assert orange not in colours(tmp_path / "one.png")
    shade = np.array([210, 228, 240])  # a fifth of blue on white
    assert np.abs(np.array(list(colours(tmp_path / "one.png"))) - shade).max(1).min() <= 1


def test_one_measurement_is_enough(tmp_path: Path) -> None:
    write_success_curve([row("train", 2, 0.5)], tmp_path / "one.png")
    assert (31, 119, 180) in colours(tmp_path / "one.png")
