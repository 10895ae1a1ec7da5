import json

import pytest

from spawnnet_sim import ConfigurationError, MujocoConfig
from spawnnet_sim.physics.engines import check_engine
from spawnnet_sim.physics.gpus import _EGL, Gpu, _ask, choose_gpus, list_gpus, match

SHOWN = [("GPU-a", "0000:3b:00.0"), ("GPU-b", "0000:1c:00.0"), ("GPU-c", "0000:5e:00.0")]
EGL = ["0000:1c:00.0", None, "0000:3b:00.0"]  # another order, one in software, one missing
GPUS = match(SHOWN, EGL)


def test_egl_devices_are_those_of_the_same_address() -> None:
    assert [gpu.egl for gpu in GPUS] == [2, 0, None]
    assert GPUS[0].variables == {"CUDA_VISIBLE_DEVICES": "GPU-a", "MUJOCO_EGL_DEVICE_ID": "2"}
    assert GPUS[2].variables == {"CUDA_VISIBLE_DEVICES": "GPU-c"}


def numbers(chosen: list[Gpu | None]) -> list[int | None]:
    return [None if gpu is None else gpu.number for gpu in chosen]


def test_workers_take_devices_by_turns() -> None:
    assert numbers(choose_gpus(GPUS, None, 4)) == [0, 1, 2, 0]
    assert numbers(choose_gpus(GPUS, [2, "GPU-a"], 3)) == [2, 0, 2]
    assert numbers(choose_gpus((), None, 2)) == [None, None]


def test_what_does_not_fit_is_one_sentence() -> None:
    with pytest.raises(ConfigurationError, match=r"^devices: must be at most .* 1, got 2 devices"):
        choose_gpus(GPUS, [0, 1], 1)
    with pytest.raises(ConfigurationError, match=r"^devices\[1\]: there is no GPU 3; CUDA shows 0"):
        choose_gpus(GPUS, [0, 3], 2)
    with pytest.raises(ConfigurationError, match=r"^devices: must be `auto` or a list"):
        MujocoConfig(devices=())


def test_this_machine_can_be_asked() -> None:
    gpus = list_gpus()
    assert [gpu.number for gpu in gpus] == list(range(len(gpus)))
    assert json.dumps(_ask(_EGL))  # a list, empty without EGL
    if not gpus:
        with pytest.raises(ConfigurationError, match=r"engine\.devices\[0\].* CUDA shows none"):
            check_engine(MujocoConfig(workers=1, devices=(0,)), 1)
