"""Prove that the wheel works alone, without extras and without the other packages.

Run by `python -I standalone.py` in an environment with nothing else installed; not a pytest module.
"""

from __future__ import annotations

import importlib.util
import sys

import torch

from spawnnet_policies import ChunkExecutor, ConfigurationError, create_policy, list_policies

SIBLINGS = ("gdict", "spawnnet_encoders", "spawnnet_sim", "spawnnet_record", "spawnnet_train")


def main() -> None:
    """Train, run and wrap every head that needs no extra."""
    present = [name for name in SIBLINGS if importlib.util.find_spec(name)]
    if present:
        sys.exit(f"Not alone: {', '.join(present)} can be imported.")
    mask = torch.ones(5, 4, dtype=torch.bool)
    for name in list_policies():
        try:
            policy = create_policy(
                name, feature_dim=3, action_bounds=([-1, 0], [1, 2]), action_horizon=4
            )
        except ConfigurationError as error:
            if name != "diffusion" or "spawnnet-policies[diffusion]" not in str(error):
                raise
            continue
        policy.loss(torch.randn(5, 3), torch.rand(5, 4, 2), mask).backward()
        if ChunkExecutor(policy.eval(), 5).act(torch.randn(5, 3)).shape != (5, 2):
            sys.exit(f"{name}: wrong shape.")


if __name__ == "__main__":
    main()
