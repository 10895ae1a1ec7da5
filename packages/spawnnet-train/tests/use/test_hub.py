from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local_hub import local_hub  # noqa: F401 - a fixture

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.use.export import export_policy
from spawnnet_train.use.hub import from_pretrained, push_to_hub
from spawnnet_train.use.robot_policy import load_policy


def test_a_policy_goes_to_the_hub_and_comes_back(
    cloned: Any,
    local_hub: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    folder = export_policy(cloned.run.path, tmp_path / "out")
    assert push_to_hub(folder, "someone/policy") == f"{local_hub.url}/someone/policy"
    assert local_hub.files["someone/policy"]["README.md"] == (folder / "README.md").read_bytes()
    known, found = load_policy(folder), from_pretrained("someone/policy", keys="lerobot")
    rgb = {view: np.full((32, 48, 3), 7 + i, np.uint8) for i, view in enumerate(known.spec.views)}
    depth = {view: np.ones((32, 48), np.float32) for view in rgb}
    state = np.full(3, 5, np.float32)
    flat = {f"observation.images.{view}": image for view, image in rgb.items()}
    flat |= {f"observation.images.{view}_depth": image for view, image in depth.items()}
    np.testing.assert_array_equal(
        found.act({**flat, "observation.state": state}),
        known.act({"rgb": rgb, "depth": depth, "proprioception": state}),
    )


def test_what_is_no_exported_policy_is_one_sentence(
    cloned: Any,
    local_hub: Any,  # noqa: F811
) -> None:
    with pytest.raises(ConfigError, match="no exported policy, `spawnnet-train export"):
        push_to_hub(cloned.run.path, "someone/policy")
    with pytest.raises(ConfigError, match="could not get someone/nothing on the Hub"):
        from_pretrained("someone/nothing")
    assert local_hub.files == {}
