from collections.abc import Callable
from typing import Any

import pytest

from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.replay import ReplayConfig
from spawnnet_train.algorithms.dagger.requirements import replay_parts
from spawnnet_train.algorithms.storage import Space, place_parts
from spawnnet_train.student.spec import spec_of_environment

FROZEN = "algorithm.replay.frozen"


@pytest.mark.parametrize(("row_bytes", "expected"), [(0, "none"), (7, "disk")])
def test_an_encoder_without_features_keeps_none_whatever_is_asked_for(
    make_environment: Callable[..., Any], row_bytes: int, expected: str
) -> None:
    environment = make_environment(3, 8)
    spec = spec_of_environment(environment, ("front", "wrist"))
    config = DaggerConfig(replay=ReplayConfig(images="disk", frozen="disk", keep_every=3))
    parts = replay_parts(config, environment, spec, row_bytes, num_kept=5)
    assert parts[2].nbytes == 5 * 3 * row_bytes  # of 8 steps three are kept
    assert place_parts(parts, Space(10**9, 10**9))[FROZEN] == expected
