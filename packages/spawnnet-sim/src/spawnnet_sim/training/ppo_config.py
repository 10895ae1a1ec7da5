"""What a user chooses about the training of an expert."""

from __future__ import annotations

from dataclasses import dataclass

from spawnnet_sim.configuration import Configuration
from spawnnet_sim.errors import require


@dataclass(frozen=True)
class PpoConfig(Configuration):
    """Settings of proximal policy optimisation, by the names of Stable-Baselines3.

    Attributes:
        steps: Control steps of the whole training, all environments together.
        seed: Decides everything random.
        layers: Widths of the hidden layers, of the policy and of the value function.
        learning_rate: Step size of Adam.
        gamma: Discount per control step.
        gae_lambda: Decay of the generalised advantage estimation.
        clip_range: How far the probability of an action may move in one iteration.
        epochs: Passes over the steps of an iteration.
        batches: Updates per pass; divides the steps of an iteration.
        initial_deviation: Standard deviation of the actions before training.
        reward_scale: Factor of the task's reward; brings returns to the size of a network's
            outputs.
    """

    steps: int = 400_000
    seed: int = 0
    layers: tuple[int, ...] = (128, 128)
    learning_rate: float = 3e-4
    gamma: float = 0.97
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    epochs: int = 5
    batches: int = 4
    initial_deviation: float = 0.5
    reward_scale: float = 0.03

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("steps", "epochs", "batches"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        for name in ("learning_rate", "clip_range", "initial_deviation", "reward_scale"):
            require(getattr(self, name) > 0, name, getattr(self, name), "positive")
        for name in ("gamma", "gae_lambda"):
            require(0 <= getattr(self, name) <= 1, name, getattr(self, name), "from 0 to 1")
        require(self.seed >= 0, "seed", self.seed, "at least 0")
        require(min(self.layers, default=0) >= 1, "layers", self.layers, "positive widths")
