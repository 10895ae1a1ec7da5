"""Runs on disk, as a trainer leaves them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from spawnnet_record.cost import CostLog
from spawnnet_record.files import write_csv, write_json
from spawnnet_record.metrics import MetricsLog
from spawnnet_record.report.media import write_facts
from spawnnet_record.report.predictions import PredictedEpisode, write_prediction
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_state import state_of

VIDEO = base64.b64decode(
    "AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAMwbW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAA"
    "A+gAAQAAAQAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAgAAAlt0cmFrAAAAXHRraGQAAAADAAAAAAAAAAAAAAABAAAAAAAAA+gAAAAAAAAAAAAA"
    "AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAABAAAAAQAAAAAAAkZWR0cwAAABxlbHN0"
    "AAAAAAAAAAEAAAPoAAAAAAABAAAAAAHTbWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAABAAAAAQABVxAAAAAAALWhk"
    "bHIAAAAAAAAAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAABfm1pbmYAAAAUdm1oZAAAAAEAAAAAAAAA"
    "AAAAACRkaW5mAAAAHGRyZWYAAAAAAAAAAQAAAAx1cmwgAAAAAQAAAT5zdGJsAAAAvnN0c2QAAAAAAAAAAQAAAK5h"
    "dmMxAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAABAAEABIAAAASAAAAAAAAAABFExhdmM2My4xLjEwMiBsaWJ4MjY0"
    "AAAAAAAAAAAAAAAAGP//AAAANGF2Y0MBZAAK/+EAF2dkAAqs2V7ARAAAAwAEAAADABA8SJZYAQAGaOvjyyLA/fj4"
    "AAAAABBwYXNwAAAAAQAAAAEAAAAUYnRydAAAAAAAAAEwAAAAAAAAABhzdHRzAAAAAAAAAAEAAAACAAAgAAAAABRz"
    "dHNzAAAAAAAAAAEAAAABAAAAHHN0c2MAAAAAAAAAAQAAAAEAAAACAAAAAQAAABxzdHN6AAAAAAAAAAAAAAACAAAA"
    "GgAAAAwAAAAUc3RjbwAAAAAAAAABAAADYAAAAGF1ZHRhAAAAWW1ldGEAAAAAAAAAIWhkbHIAAAAAAAAAAG1kaXJh"
    "cHBsAAAAAAAAAAAAAAAALGlsc3QAAAAkqXRvbwAAABxkYXRhAAAAAQAAAABMYXZmNjMuMS4xMDIAAAAIZnJlZQAA"
    "AC5tZGF0AAAAFmWIhAAU//7s2n4FNj3X58U0N7WUtoEAAAAIQZohbEEv/uA="
)
"""Two red frames of 16 x 16 pixels as H.264."""
SUMMARY = (
    "split,cabinet,successes,episodes,rate,low,high,grasped,closest,opened,privileged,"
    "handle_offset_error_cm"
)
CONFIG = """\
experiment: drawer
algorithm: {name: dagger}
seed: 3
encoder:
  name: spawnnet
  width: 16
  backbone: {model: test_vit}
policy: {name: mlp}
simulation: {task: open_drawer}
"""


def _write_rollouts(run: RunDirectory) -> None:
    rows = [
        ("train", "all", 3, 4, 0.75, 0.3, 0.95, 1.0, 0.0106, 0.192, "probe", 2.5),
        ("train", "drawer/00", 2, 2, 1.0, 0.34, 1.0, 1.0, 0.0097, 0.193, "probe", 2.0),
        ("train", "drawer/01", 1, 2, 0.5, 0.09, 0.91, 1.0, 0.0116, 0.191, "probe", 3.0),
        ("held_out", "all", 0, 1, 0.0, 0.0, 0.79, 0.0, 0.0712, 0.0, "probe", 7.25),
        ("held_out", "<b>odd</b>", 0, 1, 0.0, 0.0, 0.79, 0.0, 0.0712, 0.0, "probe", 7.25),
    ]
    write_csv(run.evaluation / "summary.csv", SUMMARY.split(","), rows)
    header = "checkpoint,period,seed,blind,split,successes,episodes,rate,low,high"
    measured = [
        (f"round_{p:03d}", p, 1, 0, "train", p + 1, 4, r, r - 0.2, r + 0.2)
        for p, r in enumerate((0.25, 0.5, 0.75))
    ]
    write_csv(run.evaluated, header.split(","), measured)
    facts = {"checkpoint": "final", "cameras": ["left", "wrist"], "blind": False, "seconds": 3.2}
    for split in ("train", "held_out"):
        video = run.videos / f"final_{split}.mp4"
        video.parent.mkdir(exist_ok=True)
        video.write_bytes(VIDEO)
        shown = {"cabinets": ["drawer/00", "drawer/01"], "success": [True, False], "steps": 64}
        write_facts(video, {**facts, "split": split, **shown})
    run.attention.mkdir()
    Image.new("RGB", (32, 16), "green").save(run.attention / "final_train.png")
    seen = {"split": "train", "cabinets": ["drawer/00"], "step": 21}
    write_facts(run.attention / "final_train.png", {**facts, **seen})


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., RunDirectory]:
    """Makes a run that has everything, in a new folder, and ends it as told."""

    def make(error: type[BaseException] | None = None, *, config: str = CONFIG) -> RunDirectory:
        versions = {"python": "3.11", "packages": {"torch": "2.14"}, "git": None}
        run = RunDirectory.create(tmp_path / "runs", "drawer", config, versions)
        with suppress(error or ()), state_of(run):
            _write(run)
            if error is not None:
                raise error("update 7: the loss is not finite.")
        return run

    def _write(run: RunDirectory) -> None:
        write_json(run.changed, {"encoder.width": {"value": 16, "default": 64}})
        with MetricsLog(run.metrics) as log:
            for update in range(1, 7):
                log.log(update, {"update/loss": 1 / update, "update/lr": 1e-3})
            log.log(6, {"round": 1.0, "train/loss": 0.4, "val/abs_L1/x (m)": 0.5})
        with CostLog(run.cost).part("updates"):
            time.sleep(0.01)
        _write_rollouts(run)
        episode = PredictedEpisode(
            "best", "L1", "0.h5", ["x", "y"], [[0, 1], [1, 2]], [[0, 1], [2, 2]]
        )
        write_prediction(run.pictures / "best" / "000.json", episode)
        run.result.write_text(json.dumps({"train/loss": 0.4}))

    return make
