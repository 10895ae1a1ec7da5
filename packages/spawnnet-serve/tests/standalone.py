"""Prove that the wheel works alone, without the other packages and without torch.

Run by `python -I standalone.py` in an environment with nothing else installed; not a pytest module.
"""

from __future__ import annotations

import importlib.util
import sys

import numpy as np

from spawnnet_serve import PolicyClient, PolicyServer

OTHERS = ("torch", "gdict", "spawnnet_encoders", "spawnnet_sim", "spawnnet_train")


class Constant:
    """Does the same whatever it sees."""

    def reset(self) -> None:
        """Forget nothing."""

    def act(self, observation: object) -> np.ndarray:
        """Return a chunk of two steps."""
        return np.zeros((2, 3), np.float32)


def main() -> None:
    """Ask a server in this process for actions."""
    present = [name for name in OTHERS if importlib.util.find_spec(name)]
    if present:
        sys.exit(f"Not alone: {', '.join(present)} can be imported.")
    with PolicyServer(Constant, port=0).running() as port, PolicyClient(port=port) as client:
        if client.act({"rgb": np.zeros((4, 6, 3), np.uint8)}).shape != (2, 3):
            sys.exit("wrong shape.")


if __name__ == "__main__":
    main()
