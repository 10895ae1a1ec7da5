"""Privileged targets: what only a simulator knows, predicted from what the student sees.

They show how well a student localises. With a weight they shape its features, too; the labels then
are more than the expert's actions, which every table says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, final

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spawnnet_config.section import STRICT
from spawnnet_data import FieldStatistics
from spawnnet_jobs.together.collectives import gather
from spawnnet_train.config import simulator
from spawnnet_train.config.errors import SettingError
from spawnnet_train.student.normalization import Normalization

NOT_PRIVILEGED = "none"
"""What tables say of a student that learns from actions alone, and predicts nothing else."""
_HIDDEN = 256
_ZERO = torch.zeros((), dtype=torch.float64)
_ERRORS = {"length": "error_cm", "axis": "error_deg", "opening": "error"}


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PrivilegedTargetsConfig:
    """Heads beside the policy that predict named quantities of the state."""

    names: tuple[str, ...] = ("handle_offset", "grip_axis")
    """What is predicted: `handle_offset` (from the fingertips, m), `grip_axis`, `front_axis`,
    `handle_width`, `opened`."""
    weight: Annotated[float, Field(ge=0)] = 0.0
    """Of their loss beside the policy's. With 0 they are a probe: fitted to the features that the
    student has anyway, which remains what it is without them, bit for bit."""
    to_policy: bool = False
    """Whether the policy is given what they predict."""

    def __post_init__(self) -> None:
        simulator.require_simulator()
        if not self.names or len(set(self.names)) < len(self.names):
            raise SettingError("names", f"must be different names, got {list(self.names)}.")
        for index, name in enumerate(self.names):
            if name not in simulator.QUANTITIES:
                known = ", ".join(simulator.QUANTITIES)
                raise SettingError(f"names[{index}]", f"{name!r} is unknown. Known: {known}.")
        if self.to_policy and not self.weight:
            raise SettingError("to_policy", "needs a `weight` above 0, without one it is a probe.")

    @property
    def kind(self) -> str:
        """What tables call a student with them."""
        if not self.weight:
            return "probe"
        return "targets to policy" if self.to_policy else "targets"


@final
class TargetHeads(nn.Module):
    """A network with one hidden layer from features to K normalised numbers.

    Args:
        config: What it predicts.
        feature_dim: D, the width of the encoder's features.
    """

    def __init__(self, config: PrivilegedTargetsConfig, feature_dim: int) -> None:
        super().__init__()
        self.config = config
        self.feature_dim = feature_dim
        self.widths = [simulator.QUANTITIES[name].width for name in config.names]
        self.network = nn.Sequential(
            nn.Linear(feature_dim, _HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, sum(self.widths))
        )
        self.scale = Normalization(sum(self.widths))

    def fit(self, targets: Tensor) -> None:
        """Let targets `(M, K)` decide how they are normalised."""
        self.scale.fit(FieldStatistics.of(targets.cpu().numpy()), "mean_std")

    def forward(self, features: Tensor) -> Tensor:
        """Return normalised predictions `(B, K)` for features `(B, D)`, or what begins with D."""
        seen = features[:, : self.feature_dim]
        predicted: Tensor = self.network(seen if self.config.weight else seen.detach())
        return predicted

    def loss(self, features: Tensor, targets: Tensor) -> Tensor:
        """Return what is added to the policy's loss, for targets `(B, K)`.

        The absolute error counts: where the hand is near, a centimetre matters as it does far away.
        """
        error = nn.functional.l1_loss(self(features), self.scale(targets))
        return error * (self.config.weight or 1.0)  # a probe has its features to itself

    @torch.no_grad()
    def errors(self, features: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return how far predictions are from targets `(B, K)`, `(B,)` each.

        The names tell units: `handle_offset_error_cm` is a distance, `grip_axis_error_deg` an angle
        between lines, since a gripper is symmetric.
        """
        predicted = self(features) * self.scale.scale + self.scale.offset
        parts = (torch.split(values, self.widths, 1) for values in (predicted, targets))
        errors = {}
        for name, found, true in zip(self.config.names, *parts, strict=True):
            kind = simulator.QUANTITIES[name].kind
            errors[f"{name}_{_ERRORS[kind]}"] = _error(kind, found, true)
        return errors

    def select(self, quantities: Mapping[str, Any]) -> Tensor:
        """Return the targets `(N, K)` among quantities of the state, `(N, k)` each."""
        parts = [torch.as_tensor(quantities[name]) for name in self.config.names]
        return torch.cat(parts, 1).to(self.scale.scale.device)


def _error(kind: str, found: Tensor, true: Tensor) -> Tensor:
    if kind == "axis":
        cosine = nn.functional.cosine_similarity(found, true, dim=1)
        angle: Tensor = torch.rad2deg(cosine.abs().clamp(max=1).acos())
        return angle
    distance: Tensor = torch.linalg.vector_norm(found - true, dim=1)
    return 100 * distance if kind == "length" else distance


@final
class MeanErrors:
    """Means of errors by name, over the samples of a period so far."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._count = 0

    def add(self, errors: Mapping[str, Tensor]) -> None:
        """Count errors, `(B,)` each."""
        for name, error in errors.items():
            total = error.double().sum()
            self._sums[name] = self._sums[name] + total if name in self._sums else total
        self._count += len(next(iter(errors.values()), ()))

    def means(self) -> dict[str, float]:
        """Return the means; nothing of nothing."""
        return {name: float(total) / self._count for name, total in self._sums.items()}

    def of_all_processes(self) -> MeanErrors:
        """Return the means over what every process has counted."""
        merged = MeanErrors()
        for part in gather(self.state()):
            for name, error in part["sums"].items():
                merged._sums[name] = merged._sums.get(name, _ZERO) + error
            merged._count += part["count"]
        return merged

    def state(self) -> dict[str, Any]:
        """Return what `load_state` goes on from, fit for JSON."""
        return {"sums": {n: float(t) for n, t in self._sums.items()}, "count": self._count}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self._sums = {n: torch.tensor(t, dtype=torch.float64) for n, t in state["sums"].items()}
        self._count = state["count"]
