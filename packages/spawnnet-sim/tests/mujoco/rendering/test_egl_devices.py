import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spawnnet_sim import MujocoConfig
from spawnnet_sim.mujoco import engine
from spawnnet_sim.mujoco.rendering import egl_devices
from spawnnet_sim.mujoco.rendering.egl_probe import address_of_node
from spawnnet_sim.physics.gpus import Gpu

GPUS = tuple(Gpu("Pretended", f"GPU-{k}", f"0000:0{k}:00") for k in (1, 2))
EGL_ORDER = {"0000:02:00": "0", "0000:01:00": "1"}  # the other way round


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Pretend that a driver answers; return which GPUs it was shown."""
    shown: list[str] = []

    def answer(command: list[str], env: dict[str, str], **_: Any) -> Any:
        shown.append(env["CUDA_VISIBLE_DEVICES"])
        line = b"a driver's greeting\n" + json.dumps(EGL_ORDER).encode()
        return subprocess.CompletedProcess(command, 0, stdout=line)

    egl_devices.egl_number.cache_clear()
    monkeypatch.setattr(egl_devices.subprocess, "run", answer)
    monkeypatch.setattr(engine, "list_gpus", lambda: GPUS)
    monkeypatch.setattr(engine, "available", lambda name: name == "egl")
    monkeypatch.delenv("MUJOCO_EGL_DEVICE_ID", raising=False)
    return shown


def test_a_node_leads_to_a_pci_address(tmp_path: Path) -> None:
    place = tmp_path / "devices" / "pci0000:00" / "0000:3b:00.0"
    place.mkdir(parents=True)
    node = tmp_path / "drm" / "card1"
    node.mkdir(parents=True)
    (node / "device").symlink_to(place)
    assert address_of_node("/dev/dri/card1", tmp_path / "drm") == "0000:3b:00"
    assert address_of_node("/dev/dri/card7", tmp_path / "drm") is None


def test_workers_draw_with_the_gpu_of_the_same_address(asked: list[str]) -> None:
    variables = engine.worker_variables(MujocoConfig(workers=3), draws=True)
    assert variables == [
        {"CUDA_VISIBLE_DEVICES": "GPU-1", "MUJOCO_EGL_DEVICE_ID": "1"},
        {"CUDA_VISIBLE_DEVICES": "GPU-2", "MUJOCO_EGL_DEVICE_ID": "0"},
        {"CUDA_VISIBLE_DEVICES": "GPU-1", "MUJOCO_EGL_DEVICE_ID": "1"},
    ]
    assert asked == ["GPU-1", "GPU-2"]  # each once


def test_nobody_asks_egl_where_it_does_not_draw(asked: list[str]) -> None:
    config = MujocoConfig(workers=2, devices=(1,))
    only_cuda = [{"CUDA_VISIBLE_DEVICES": "GPU-2"}] * 2
    assert engine.worker_variables(config, draws=False) == only_cuda
    warp = MujocoConfig(workers=2, devices=(1,), renderer="warp")
    assert engine.worker_variables(warp, draws=True) == only_cuda
    assert not asked


def test_a_device_that_egl_does_not_know_is_a_line(
    asked: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Gpu("Pretended", "GPU-9", "0000:09:00")
    variables = egl_devices.gpu_variables(stranger, draws_with_egl=True)
    assert variables == {"CUDA_VISIBLE_DEVICES": "GPU-9"}
    assert "EGL has no device at 0000:09:00" in caplog.text


def test_the_user_s_own_choice_stays(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUJOCO_EGL_DEVICE_ID", "1")
    assert engine.worker_variables(MujocoConfig(workers=2), draws=True) == []
