"""What is converted is read by the very projects whose formats it is.

Each needs a Python of its own, which `LEROBOT_PYTHON` and `ROBOMIMIC_PYTHON` name.
"""

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.conversion import convert_to

LEROBOT = """
import json, sys
from lerobot.datasets.lerobot_dataset import LeRobotDataset

data = LeRobotDataset("any/name", root=sys.argv[1], video_backend="pyav")
frame = data[int(sys.argv[2])]
print(json.dumps({
    "length": len(data),
    "action": frame["action"].tolist(),
    "state": frame["observation.state"].tolist(),
    "rgb": (255 * frame["observation.images.view_1"]).tolist(),
    "depth": frame["observation.depth.view_1"].tolist(),
}))
"""
ROBOMIMIC = """
import inspect, json, sys
import robomimic.utils.obs_utils as obs_utils
from robomimic.utils.dataset import SequenceDataset

kinds = {"rgb": ["view_1_image"], "depth": ["view_1_depth"], "low_dim": ["state"]}
obs_utils.initialize_obs_utils_with_obs_specs({"obs": kinds})
settings = {"obs_keys": sum(kinds.values(), []), "dataset_keys": ["actions"]}
if "action_keys" in inspect.signature(SequenceDataset).parameters:  # from 0.4 on
    settings["action_keys"] = ["actions"]
    settings["action_config"] = {"actions": {"normalization": None}}
data = SequenceDataset(
    hdf5_path=sys.argv[1], frame_stack=1, seq_length=1, hdf5_cache_mode=None,
    load_next_obs=False, **settings,
)
frame = data[int(sys.argv[2])]
print(json.dumps({
    "length": len(data),
    "action": frame["actions"][0].tolist(),
    "state": frame["obs"]["state"][0].tolist(),
    "rgb": frame["obs"]["view_1_image"][0].tolist(),
    "depth": frame["obs"]["view_1_depth"][0].tolist(),
}))
"""


def frame_of(variable: str, program: str, path: Path, frame: int) -> dict[str, Any]:
    """Return what a program of another Python reads of a frame."""
    python = os.environ.get(variable)
    if python is None:
        pytest.skip(f"{variable} names no Python that has it")
    command = [python, "-c", program, str(path), str(frame)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("to", "name", "variable", "program", "largest"),
    [
        ("lerobot", "out", "LEROBOT_PYTHON", LEROBOT, 4.0),  # video loses a little
        ("robomimic", "out.hdf5", "ROBOMIMIC_PYTHON", ROBOMIMIC, 0.0),
    ],
)
def test_the_project_itself_reads_what_is_written(
    to: Any,
    name: str,
    variable: str,
    program: str,
    largest: float,
    tmp_path: Path,
    write: SimpleNamespace,
) -> None:
    source = open_source(write.original(tmp_path / "set").path)
    before = Demonstrations(source, infer_mapping(source))
    list(convert_to(to, before, tmp_path / name, rate=10))
    episode, step = 1, 3
    frame = int(before.lengths[0]) + step
    found = frame_of(variable, program, tmp_path / name, frame)
    assert found["length"] == before.lengths.sum()
    np.testing.assert_allclose(found["action"], before.actions(episode)[step], rtol=1e-6)
    np.testing.assert_allclose(found["state"], before.proprioception(episode)[step], rtol=1e-6)
    view, steps = before.views.index("view_1"), np.array([step])
    H, W = write.size
    rgb = _channels_first(found["rgb"], (3, H, W))
    if rgb.max() <= 1:  # scaled for networks
        rgb = 255 * rgb
    assert np.abs(rgb - before.rgb(episode, steps)[0, view].astype(float)).mean() <= largest + 1e-3
    depth = np.reshape(found["depth"], (1, H, W))
    np.testing.assert_allclose(depth, before.depth(episode, steps)[0, view], rtol=1e-6)


def _channels_first(image: Any, shape: tuple[int, ...]) -> Any:
    found = np.asarray(image, float)
    return found if found.shape == shape else np.moveaxis(found, -1, 0)
