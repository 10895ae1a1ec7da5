"""What the worker answers to scenes and libraries that do not work; all in one process."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from spawnnet_sim import IsaacGymConfig, generate_cabinets
from spawnnet_sim.isaacgym.description import describe
from spawnnet_sim.isaacgym.devices import Devices
from spawnnet_sim.isaacgym.isaacgym_physics import shared_fields
from spawnnet_sim.isaacgym.worker_process import PROGRAM
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.shared_arrays import SharedArrays
from spawnnet_sim.robots.panda import PANDA

SCENE = Scene(PANDA, generate_cabinets("drawer-train-v1", 2), ("left",), (4, 6))
STEP = [{"command": "step"}]
# Quirks of the library, changes of the description, further commands, and the last answer.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[Any], str]] = {
    "own": ({"handles": "own"}, {}, [], '"handles": "own", "depth": "axis"'),
    "running": ({"handles": "running", "depth": "ray"}, {}, [], '"running", "depth": "ray"'),
    "none": ({"handles": "none"}, {}, [], "graphics_device.*one GPU, and CUDA_VISIBLE_DEVICES"),
    "crossed": ({"handles": "crossed"}, {}, [], "graphics_device.*other environments than their"),
    "depth": ({"depth": "wrong"}, {}, [], "graphics_device.*depth of a slanted floor is"),
    "device": ({"device": False}, {}, [], "cuda_device.*cannot use CUDA device 0 with graphics"),
    "prepare": ({"fail": "prepare_sim"}, {}, [], "`prepare_sim` failed, it returned False"),
    "properties": ({"fail": "set_actor_dof_properties"}, {}, [], "`set_actor_dof_properties` fa"),
    "refresh": ({"fail": "refresh_dof_state_tensor"}, {}, [], "`refresh_dof_state_tensor` failed"),
    "push": (
        {"fail": "set_dof_position_target_tensor"},
        {},
        STEP,
        "`set_dof_position_target_tensor` failed",
    ),
    "file": ({}, {"assets.0.file": "no.urdf"}, [], r"cannot load .*no\.urdf"),
    "link": ({}, {"assets.0.link": "lid"}, [], "knows no link 'lid' in the asset"),
    "joint": ({}, {"assets.0.joint": "lid"}, [], "knows no joint 'lid' in the asset"),
    "joints": ({}, {"robot.joints.0": "knee"}, [], "assets.*must have the joints knee"),
    "command": ({}, {}, [{"command": "no_such"}], "failed.*no attribute 'no_such'"),
    "raises": ({"raise": "simulate"}, {"views": []}, STEP, "failed.*RuntimeError: simulate was"),
}


@pytest.fixture(scope="module")
def answers(python: str, stand_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("worker")
    shared = SharedArrays(shared_fields(SCENE))
    (folder / "memory").write_bytes(bytes(shared.size))
    described = describe(SCENE, IsaacGymConfig(python=python), Devices(0, 0, None))
    create = {
        "command": "create",
        "description": described.message,
        "size": shared.size,
        "fields": shared.layout(),
    }
    cases = {name: case[:3] for name, case in CASES.items()}
    text = json.dumps({"memory": str(folder / "memory"), "create": create, "cases": cases})
    (folder / "given.json").write_text(text)
    program = Path(__file__).with_name("many_descriptions.py")
    arguments = [python, str(program), str(PROGRAM.parent), str(folder / "given.json")]
    environment = {**os.environ, "PYTHONPATH": str(stand_in), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    shared.close()
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("case", CASES)
def test_a_worker_answers_in_a_sentence(answers: Any, case: str) -> None:
    text = json.dumps(answers[case])
    with pytest.raises(Exception, match=CASES[case][3]):
        raise Exception(text)
    expected = {"own": "done", "running": "done", "command": "failed", "raises": "failed"}
    assert set(answers[case]) == {expected.get(case, "refused")}
