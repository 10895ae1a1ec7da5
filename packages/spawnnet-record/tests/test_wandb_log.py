import sys
import time
from pathlib import Path

import pytest

from spawnnet_record.errors import RecordError
from spawnnet_record.wandb_log import WandbLog


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


@pytest.mark.filterwarnings("ignore::DeprecationWarning:wandb")
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecatedSince20")
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
