"""What a user chooses about a student, whatever it learns from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from spawnnet_config.section import STRICT
from spawnnet_encoders import FeatureFormat
from spawnnet_train.config.errors import SettingError
from spawnnet_train.student.normalization import NormalizationConfig
from spawnnet_train.student.targets import PrivilegedTargetsConfig


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StudentConfig:
    """What the student sees and how far ahead it plans."""

    stack_idx: tuple[Annotated[int, Field(ge=0)], ...] = (0,)
    """Offsets of the frames that it sees, ascending; the largest is the present. `[0, 1, 2, 3]` are
    the last four frames, `[0, 2, 4]` every second one."""
    proprioception: bool = True
    """Whether it is given the robot's own state beside the images."""
    normalization: NormalizationConfig = NormalizationConfig()
    """How the robot's own state and the actions are brought to a common scale."""
    frozen_format: FeatureFormat = "float16"
    """What features of the frozen backbone are rounded to, in training as on the robot."""
    action_horizon: Annotated[int, Field(ge=1)] = 1
    """T, the steps that it predicts at once."""
    execution_horizon: Annotated[int, Field(ge=1)] = 1
    """The steps of a prediction that are executed before the next one."""
    ensemble_decay: Annotated[float, Field(ge=0, le=100)] | None = None
    """Blend the overlapping predictions of all past steps, the oldest with the largest weight; the
    decay of ACT is 0.01. Null executes one chunk after another."""
    privileged_targets: PrivilegedTargetsConfig | None = None
    """Predict what only a simulator knows, beside the actions; null for actions alone."""

    def __post_init__(self) -> None:
        offsets = list(self.stack_idx)
        if not offsets or offsets != sorted(set(offsets)):
            raise SettingError("stack_idx", f"must be ascending, got {offsets}.")
        if self.action_horizon < self.execution_horizon:
            raise SettingError(
                "execution_horizon",
                f"must be at most `action_horizon`, "
                f"got {self.execution_horizon} and {self.action_horizon}.",
            )

        if self.ensemble_decay is not None and self.execution_horizon > 1:
            raise SettingError(
                "execution_horizon",
                f"must be 1 with `ensemble_decay`, got {self.execution_horizon}.",
            )

    @property
    def target_names(self) -> tuple[str, ...]:
        """Names of the privileged targets."""
        return () if self.privileged_targets is None else self.privileged_targets.names

    @property
    def num_frames(self) -> int:
        """F."""
        return len(self.stack_idx)
