import importlib.util

import pytest

from spawnnet_sim.mujoco.rendering import selection
from spawnnet_sim.physics.gpus import Gpu
from spawnnet_sim.tools import doctor


def test_what_works_and_what_does_not_are_both_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "available", lambda name: name != "osmesa")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "h5py" else name)
    findings = {finding.part: finding for finding in doctor.diagnose()}
    assert findings["engine: MuJoCo"].works
    assert findings["renderer: egl"].works
    assert not findings["renderer: osmesa"].works
    assert "libosmesa6" in findings["renderer: osmesa"].remark
    assert findings["extra: hdf5"].remark == "pip install 'spawnnet-sim[hdf5]'"
    assert findings["extra: video"].works
    assert "MUJOCO_GL" not in findings


def test_a_wrong_variable_is_blamed_and_not_the_library_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.delenv("PYOPENGL_PLATFORM", raising=False)
    selection.available.cache_clear()
    works = selection.available("egl")
    selection.available.cache_clear()
    monkeypatch.setenv("MUJOCO_GL", "banana")
    findings = {finding.part: finding for finding in doctor.diagnose()}
    selection.available.cache_clear()
    assert not findings["MUJOCO_GL"].works
    assert "unknown value 'banana': unset it" in findings["MUJOCO_GL"].remark
    assert findings["renderer: egl"].works == works


def test_gpus_are_listed_with_what_egl_calls_them(monkeypatch: pytest.MonkeyPatch) -> None:
    gpus = (Gpu("Pretended", "GPU-a", "0000:01:00"), Gpu("Pretended", "GPU-b", "0000:02:00"))
    monkeypatch.setattr(doctor, "available", lambda name: True)
    monkeypatch.setattr(doctor, "list_gpus", lambda: gpus)
    monkeypatch.setattr(doctor, "egl_number", lambda gpu: "1" if gpu.uuid == "GPU-a" else None)
    findings = {finding.part: finding for finding in doctor.diagnose()}
    assert findings["GPU 0"].remark == "Pretended, GPU-a, PCI 0000:01:00, EGL device 1"
    assert findings["GPU 1"].remark.endswith("PCI 0000:02:00, no EGL device")
    assert not findings["GPU 1"].works
    monkeypatch.setattr(doctor, "list_gpus", lambda: ())
    findings = {finding.part: finding for finding in doctor.diagnose()}
    assert findings["GPUs"].remark == "CUDA shows none: workers use the processor"
