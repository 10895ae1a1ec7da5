import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from numpy.typing import NDArray

from spawnnet_record import RecordError
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.use import export
from spawnnet_train.use.export import export_policy
from spawnnet_train.use.robot_policy import RobotPolicy, load_policy

ALONE = """
import sys
import torch
program = torch.export.load(sys.argv[1]).module()
observation, expected = torch.load(sys.argv[2], weights_only=True)
torch.testing.assert_close(program(observation)[0], expected, rtol=0, atol=1e-5)
assert not [name for name in sys.modules if name.startswith(("spawnnet", "timm"))]
"""


def seen(spec: StudentSpec, step: int) -> dict[str, Any]:
    generator = np.random.default_rng(step)
    low, high = (0.0, 1.0)
    if spec.proprioception is not None:
        low, high = np.asarray(spec.proprioception.minimum), np.asarray(spec.proprioception.maximum)
    size = spec.image_size
    return {
        "rgb": {view: generator.integers(0, 256, (*size, 3), np.uint8) for view in spec.views},
        "depth": {
            view: generator.uniform(0.3, 2, size).astype(np.float32) for view in spec.depth_views
        },
        "proprioception": generator.uniform(low, high, spec.proprioception_dim).astype("f4"),
    }


def actions(policy: RobotPolicy) -> NDArray[np.float32]:
    policy.reset()
    return np.stack([policy.act(seen(policy.spec, step)) for step in range(4)])


@pytest.mark.parametrize("with_backbone", [False, True])
def test_an_exported_policy_acts_as_the_run_does(
    finished: Any, tmp_path: Path, with_backbone: bool
) -> None:
    folder = export_policy(finished.run.path, tmp_path / "out", with_backbone=with_backbone)
    assert (folder / "backbone.safetensors").is_file() == with_backbone
    moved = folder.rename(tmp_path / "moved")
    np.testing.assert_array_equal(
        actions(load_policy(moved)), actions(load_policy(finished.run.path))
    )


def test_included_weights_of_the_backbone_are_those_that_count(cloned: Any, tmp_path: Path) -> None:
    run = shutil.copytree(cloned.run.path, tmp_path / "run")
    folder = export_policy(run, tmp_path / "out", with_backbone=True)
    settings = folder / "policy.yaml"
    settings.write_text(settings.read_text().replace("seed: 3", "seed: 4"))
    np.testing.assert_array_equal(actions(load_policy(folder)), actions(load_policy(run)))
    (folder / "backbone.safetensors").unlink()
    with pytest.raises(RecordError, match="trained on backbone"):
        load_policy(folder)


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (None, "encoder: is required"),
        ([1], "encoder"),
        ({"name": "spawnnet", "backbone": 3}, "encoder.backbone"),
    ],
)
def test_settings_without_a_backbone_are_named(
    cloned: Any, tmp_path: Path, encoder: Any, message: str
) -> None:
    folder = export_policy(cloned.run.path, tmp_path / "out", with_backbone=True)
    settings = yaml.safe_load((folder / "policy.yaml").read_text())
    del settings["encoder"]
    settings |= {} if encoder is None else {"encoder": encoder}
    (folder / "policy.yaml").write_text(yaml.safe_dump(settings))
    with pytest.raises(ConfigError, match=message):
        load_policy(folder)


def test_a_program_gives_the_same_actions_with_torch_alone(finished: Any, tmp_path: Path) -> None:
    folder = export_policy(finished.run.path, tmp_path / "out", with_program=True)
    policy = load_policy(folder, device="cpu")
    shown = seen(policy.spec, 0)
    expected = torch.from_numpy(policy.plan(shown))
    views, repeated = policy.spec.views, lambda array: torch.from_numpy(np.stack([array] * 2))[None]
    observation = {  # the first frame of an episode stands in for those before it
        "rgb": repeated(np.stack([shown["rgb"][view].transpose(2, 0, 1) for view in views])),
        "depth": repeated(np.stack([shown["depth"][view][None] for view in views])),
        "proprioception": repeated(shown["proprioception"]),
    }
    torch.save((observation, expected), tmp_path / "example.pt")
    (tmp_path / "alone.py").write_text(ALONE)
    arguments = [tmp_path / "alone.py", folder / "program.pt2", tmp_path / "example.pt"]
    subprocess.run([sys.executable, "-I", *arguments], check=True, cwd=tmp_path)


def test_the_card_tells_where_it_is_from_and_how_well_it_does(
    finished: Any, tmp_path: Path
) -> None:
    folder = export_policy(finished.run.path, tmp_path / "out", with_program=True)
    card = (folder / "README.md").read_text()
    record = RunRecord.open(finished.run.path)
    for row in record.success_rates():
        assert f"| {row['split']} | {row['successes']} of {row['episodes']} |" in card
    if record.settings()["simulation"] is None:
        assert "| `val/mse_L1` |" in card
    for word in ("load_policy", "torch.export.load", "drawn again from the seed, 3", "test_vit"):
        assert word in card


def test_a_folder_appears_whole_or_not_at_all(
    cloned: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise OSError("the disk is full")

    monkeypatch.setattr(export, "model_card", fail)
    with pytest.raises(OSError, match="full"):
        export_policy(cloned.run.path, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "out").mkdir()
    with pytest.raises(ConfigError, match=r"out: exists already"):
        export_policy(cloned.run.path, tmp_path / "out")
