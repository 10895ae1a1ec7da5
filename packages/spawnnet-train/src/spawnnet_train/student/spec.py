"""What a student sees and does: sizes, names and statistics, from an environment or from files."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, final

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from spawnnet_config.numbers import number_problems
from spawnnet_config.section import STRICT
from spawnnet_data import FieldStatistics
from spawnnet_record.files import reading, write_json
from spawnnet_train.student.normalization import Bounds

if TYPE_CHECKING:
    from gymnasium import spaces


@final
@dataclass(frozen=True, kw_only=True, config=STRICT)
class StudentSpec:
    """All that building a student and acting with it need to know of what it was trained on."""

    views: tuple[str, ...]
    image_size: tuple[int, int]
    """(H, W) in pixels."""
    depth_views: tuple[str, ...]
    """Views that have depth; to the student the others look as if nothing were known there."""
    proprioception_dim: int
    action_bounds: Bounds
    """Smallest and largest action, which predictions keep to."""
    action_names: tuple[str, ...]
    rate: float | None
    """Control steps per second (Hz), where it is known."""
    proprioception: FieldStatistics | None = None
    """Of the training data; None as long as there are none."""
    actions: FieldStatistics | None = None

    @property
    def action_dim(self) -> int:
        """A, the width of an action."""
        return len(self.action_names)

    @property
    def has_depth(self) -> bool:
        """Whether any view has depth."""
        return bool(self.depth_views)

    def save(self, path: Path) -> None:
        """Write JSON, all or nothing."""
        write_json(path, asdict(self))

    @classmethod
    def load(cls, path: Path) -> StudentSpec:
        """Read what `save` wrote.

        Raises:
            RecordError: If there is no such file, or it holds something else.
        """
        with reading(path, "does not say what the student sees"):
            content = json.loads(path.read_text("utf-8"))
            for problem in number_problems(_without_counts(content)):
                raise ValueError(problem)
            return TypeAdapter(cls).validate_python(content)


def _without_counts(content: Any) -> Any:
    """Return what a file says without numbers of time steps, of which there may be any number."""
    if isinstance(content, dict):
        return {name: _without_counts(one) for name, one in content.items() if name != "count"}
    return content


class _Described(Protocol):
    @property
    def action_names(self) -> tuple[str, ...]: ...

    @property
    def control_timestep(self) -> float: ...

    @property
    def single_observation_space(self) -> spaces.Space[Any]: ...

    @property
    def single_action_space(self) -> spaces.Space[Any]: ...


def spec_of_environment(environment: _Described, views: tuple[str, ...]) -> StudentSpec:
    """Return what a student of an environment sees and does.

    Args:
        environment: With images `rgb` and `depth`, and `proprioception`.
        views: Names of its cameras, in their order.
    """
    from gymnasium import spaces  # comes with the simulator, which is an extra

    observations, actions = environment.single_observation_space, environment.single_action_space
    assert isinstance(observations, spaces.Dict)
    assert isinstance(actions, spaces.Box)
    _, _, height, width = observations["rgb"].shape or ()  # (V, 3, H, W)
    (proprioception_dim,) = observations["proprioception"].shape or ()
    return StudentSpec(
        views=views,
        image_size=(height, width),
        depth_views=views,
        proprioception_dim=proprioception_dim,
        action_bounds=(tuple(actions.low.tolist()), tuple(actions.high.tolist())),
        action_names=environment.action_names,
        rate=1 / environment.control_timestep,
    )


def default_action_names(width: int) -> tuple[str, ...]:
    """Return names for actions whose dimensions nobody named."""
    return tuple(f"action {index}" for index in range(width))
