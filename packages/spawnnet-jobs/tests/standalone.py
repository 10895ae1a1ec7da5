"""Prove that the wheel works without extras and without the packages that train.

Run by `python -I standalone.py` in an environment with nothing else installed; not a pytest module.
"""

from __future__ import annotations

import importlib.util
import sys

import spawnnet_jobs

OTHERS = ("gdict", "spawnnet_data", "spawnnet_encoders", "spawnnet_sim", "spawnnet_train", "torch")


def main() -> None:
    """Import it alone."""
    present = [name for name in OTHERS if importlib.util.find_spec(name)]
    if present:
        sys.exit(f"Not alone: {', '.join(present)} can be imported.")
    if not spawnnet_jobs.__version__:
        sys.exit("It has no version.")


if __name__ == "__main__":
    main()
