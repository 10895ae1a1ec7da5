import sys
import time
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.wandb_log import WandbLog

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb"),
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20"),
]


def test_without_a_mode_nothing_is_imported_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)  # as if it were not installed
    with WandbLog(None, "x", tmp_path) as log:
        log.log(1, {"train/loss": 0.5})
    assert not any(tmp_path.iterdir())


def test_a_missing_logger_names_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(RecordError, match=r"^wandb: .*spawnnet-record\[wandb\]"):
        WandbLog("offline", "x", tmp_path)


def ids(run: Path) -> set[str]:
    """Return the ids by which Weights & Biases knows a run directory."""
    return {file.stem.removeprefix("run-") for file in run.glob("wandb/offline-run-*/run-*.wandb")}


def test_weights_and_biases_gets_every_row_and_the_settings_offline(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the extra `wandb` is not installed")
    (tmp_path / "config.yaml").write_text("encoder: {width: 4391}\n")
    with WandbLog("offline", "x", tmp_path) as log:
        for update in range(1, 6):
            log.log(update, {"update/loss": 1 / update, "val/mse_L1": 0.5})
    (file,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    until = time.monotonic() + 60  # its own process may write a little later
    while (content := file.read_bytes()).count(b"update/loss") < 5 and time.monotonic() < until:
        time.sleep(0.1)
    assert content.count(b"update/loss") >= 5
    assert b"val/mse_L1" in content
    assert b'{"width":4391}' in content.replace(b" ", b"")


def test_runs_of_the_same_second_are_two_and_a_resumed_one_is_the_same(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the extra `wandb` is not installed")
    runs = [tmp_path / place / "2026-11-26_21-00-00" for place in ("a", "b")]
    for run in (*runs, runs[0]):
        run.mkdir(parents=True, exist_ok=True)
        with WandbLog("offline", "x", run) as log:
            log.log(1, {"train/loss": 0.5})
    first, second = map(ids, runs)
    assert len(first) == len(second) == 1
    assert first != second


def test_a_damaged_id_is_named(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the extra `wandb` is not installed")
    (tmp_path / "wandb.json").write_text("{}", "utf-8")
    with pytest.raises(RecordError, match=r"wandb\.json: is damaged"):
        WandbLog("offline", "x", tmp_path)
