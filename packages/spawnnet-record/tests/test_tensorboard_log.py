from pathlib import Path

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from spawnnet_record.tensorboard_log import TensorboardLog, log_picture


def test_numbers_are_readable_at_once(tmp_path: Path) -> None:
    with TensorboardLog(tmp_path) as log:
        log.log(50, {"train/loss": 0.5})
        log.log(100, {"train/loss": 0.25, "update/lr": 1e-4})
        events = EventAccumulator(str(tmp_path)).Reload()
    scalars = [(event.step, event.value) for event in events.Scalars("train/loss")]
    assert scalars == [(50, pytest.approx(0.5)), (100, pytest.approx(0.25))]
    assert [event.step for event in events.Scalars("update/lr")] == [100]


def test_a_run_that_goes_on_replaces_what_comes_after_its_state(tmp_path: Path) -> None:
    with TensorboardLog(tmp_path) as log:
        for update in (2, 4, 5):
            log.log(update, {"train/loss": update / 8})
    with TensorboardLog(tmp_path, resumed_at=4) as log:
        log.log(5, {"train/loss": 7.0})
    events = EventAccumulator(str(tmp_path)).Reload()
    found = [(event.step, event.value) for event in events.Scalars("train/loss")]
    assert found == [(2, 0.25), (4, 0.5), (5, 7.0)]


def test_a_picture_is_the_same_image_in_tensorboard(tmp_path: Path) -> None:
    log_picture(tmp_path / "events", "success", tmp_path / "missing.png")
    assert not (tmp_path / "events").exists()
    Image.new("RGB", (7, 5), "red").save(tmp_path / "success.png")
    log_picture(tmp_path / "events", "success", tmp_path / "success.png")
    events = EventAccumulator(str(tmp_path / "events")).Reload()
    assert events.Tags()["images"] == ["success"]
    (image,) = events.Images("success")
    assert (image.width, image.height) == (7, 5)
    assert image.encoded_image_string == (tmp_path / "success.png").read_bytes()
