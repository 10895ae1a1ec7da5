"""Two equally good actions in every state: which heads choose, and which average?

`python multimodality.py` trains four heads on the toy set and draws `multimodality.png` beside
itself (needs matplotlib and the extra `diffusion`; about a minute).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spawnnet_policies import Policy, create_policy

# A transformer of this size learns the toy set in seconds.
SMALL: dict[str, Any] = {"width": 64, "num_layers": 1}
HEADS: dict[str, dict[str, Any]] = {
    "mlp": {},
    "gmm": {},
    "diffusion": SMALL,
    "flow_matching": SMALL,
}
TOLERANCE = 0.15  # how far from a good action still succeeds, where the two are 0.9 to 1.5 apart


def good_action(states: Tensor) -> Tensor:
    """Return the positive one of the two good actions, `(B, 1)`; the other is its negative."""
    return 0.6 + 0.15 * torch.sin(4 * states)


def demonstrations(num_states: int) -> tuple[Tensor, Tensor]:
    """Return states `(B, 1)` in [-1, 1] and, tossing a coin, one of each state's good chunks.

    Returns:
        The states and the chunks `(B, 2, 1)`: both steps take the same way.
    """
    states = torch.linspace(-1, 1, num_states).unsqueeze(1)
    side = 2.0 * torch.randint(2, (num_states, 1)) - 1
    return states, (side * good_action(states)).unsqueeze(1).expand(-1, 2, -1)


def train(name: str, num_updates: int = 600, batch_size: int = 128) -> Policy:
    """Return a head fitted to fresh demonstrations in every update."""
    torch.manual_seed(0)
    bounds = ([-1.0], [1.0])
    policy = create_policy(
        name, feature_dim=1, action_bounds=bounds, action_horizon=2, **HEADS[name]
    )
    optimizer = torch.optim.Adam(policy.parameters(), lr=2e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_updates)
    mask = torch.ones(batch_size, 2, dtype=torch.bool)
    for _ in range(num_updates):
        states, chunks = demonstrations(batch_size)
        optimizer.zero_grad()
        policy.loss(states, chunks, mask).backward()
        optimizer.step()
        schedule.step()
    return policy.eval()


def sides(states: Tensor, chunks: Tensor) -> Tensor:
    """Return for each chunk 1 or -1, the way that both its steps take, or 0 if it fails."""
    action = good_action(states).unsqueeze(1)
    positive = ((chunks - action).abs() < TOLERANCE).all(dim=(1, 2))
    negative = ((chunks + action).abs() < TOLERANCE).all(dim=(1, 2))
    return positive.int() - negative.int()


def main() -> None:
    """Draw the predictions of each head over the two good actions."""
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(HEADS), figsize=(11, 3), sharey=True, layout="tight")
    for name, axis in zip(HEADS, axes, strict=True):
        states = torch.linspace(-1, 1, 300).unsqueeze(1)
        chunks = train(name).predict(states, torch.Generator().manual_seed(1))
        rate = sides(states, chunks).ne(0).float().mean()
        for sign in (1, -1):
            axis.plot(states, sign * good_action(states), color="tab:green", linewidth=6, alpha=0.3)
        axis.scatter(states, chunks[:, 0], s=6, color="black")
        axis.set(title=f"{name}: {rate:.0%} good", xlabel="state", ylim=(-1, 1))
    axes[0].set_ylabel("first action")
    figure.savefig(Path(__file__).with_suffix(".png"), dpi=120)


if __name__ == "__main__":
    main()
