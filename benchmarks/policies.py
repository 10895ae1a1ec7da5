"""Parameters, update time and latency of every policy head.

`python benchmarks/policies.py [feature_dim]` prints a Markdown table for the machine it runs on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

import torch

from spawnnet_policies import Policy, create_policy, list_policies

BATCH, HORIZON, ACTIONS = 24, 8, 11
REPEATS = 20


def milliseconds(work: Callable[[], object]) -> float:
    """Return the median wall time of `work` after two unmeasured calls."""
    times = []
    for _ in range(REPEATS + 2):
        start = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(1000 * (time.perf_counter() - start))
    return median(times[2:])


def update_time(policy: Policy, device: str) -> float:
    """Return the time of one loss, gradient and Adam step, in ms."""
    optimizer = torch.optim.Adam(policy.parameters())
    features = torch.randn(BATCH, policy.feature_dim, device=device)
    chunk = torch.rand(BATCH, HORIZON, ACTIONS, device=device)
    mask = torch.ones(BATCH, HORIZON, dtype=torch.bool, device=device)

    def update() -> None:
        optimizer.zero_grad()
        policy.loss(features, chunk, mask).backward()
        optimizer.step()

    return milliseconds(update)


def main() -> None:
    """Print one row per head."""
    feature_dim = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(f"D={feature_dim}, T={HORIZON}, A={ACTIONS}, torch {torch.__version__}, {device}\n")
    print(f"| head | parameters | update of {BATCH} (ms) | latency of 1 (ms) | of {BATCH} (ms) |")
    print("|---|---|---|---|---|")
    for name in list_policies():
        policy = create_policy(
            name,
            feature_dim=feature_dim,
            action_bounds=([-1] * ACTIONS, [1] * ACTIONS),
            action_horizon=HORIZON,
        ).to(device)
        parameters = sum(parameter.numel() for parameter in policy.parameters())
        update = update_time(policy, device)
        policy.eval()
        one, many = (torch.randn(size, feature_dim, device=device) for size in (1, BATCH))
        latency = milliseconds(lambda: policy.predict(one))  # noqa: B023
        throughput = milliseconds(lambda: policy.predict(many))  # noqa: B023
        print(f"| `{name}` | {parameters:,} | {update:.1f} | {latency:.1f} | {throughput:.1f} |")


if __name__ == "__main__":
    main()
