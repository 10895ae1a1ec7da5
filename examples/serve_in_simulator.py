"""Drive the simulator through a policy server, as the program of a robot drives the robot.

    spawnnet-train serve RUN                    # in one terminal, or on another computer
    python examples/serve_in_simulator.py RUN   # in another one

The simulation is that of the run; of the policy nothing is known here but what the server tells.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from spawnnet_serve import PolicyClient
from spawnnet_sim import create_environment
from spawnnet_train import load_config


def observe(seen: Mapping[str, np.ndarray], views: Sequence[str]) -> dict[str, Any]:
    """Return what the only environment shows, by the names that a robot gives its cameras."""
    rgb, depth = seen["rgb"][0], seen["depth"][0, :, 0]  # (V, 3, H, W), (V, H, W)
    return {
        "rgb": dict(zip(views, rgb, strict=True)),
        "depth": dict(zip(views, depth, strict=True)),
        "proprioception": seen["proprioception"][0],
    }


def main() -> None:
    """Try one episode per seed and say which succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the run directory whose simulation it is")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--episodes", type=int, default=3)
    options = parser.parse_args()
    simulation = load_config(options.run / "config.yaml").simulation
    if simulation is None:
        parser.error("the run has no simulation.")
    environment = create_environment(replace(simulation, num_envs=1))
    with PolicyClient(options.host, options.port) as client, closing(environment):
        known = client.metadata
        print(f"{known['policy']}, {known['checkpoint']}: {', '.join(known['views'])}")
        for seed in range(options.episodes):
            client.reset()
            seen, _ = environment.reset(seed=seed)
            plan: list[np.ndarray] = []
            for _ in range(environment.episode_steps):
                if not plan:
                    chunk = client.act(observe(seen, known["views"]))
                    plan = list(chunk[: known["execution_horizon"]])
                seen, *_, info = environment.step(plan.pop(0)[None])
            print(f"episode {seed}: {'success' if info['success'][0] else 'no success'}")


if __name__ == "__main__":
    main()
