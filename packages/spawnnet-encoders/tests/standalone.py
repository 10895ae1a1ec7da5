"""Prove that the wheel works alone: run in an environment with nothing but its dependencies."""

import importlib.util
import sys

import torch

import spawnnet_encoders
from spawnnet_encoders import create_encoder, list_encoders

SIBLINGS = ("gdict", "spawnnet_policies", "spawnnet_sim", "spawnnet_record", "spawnnet_train")


def main() -> int:
    found = [name for name in SIBLINGS if importlib.util.find_spec(name)]
    if found:
        sys.stderr.write(f"{', '.join(found)} can be imported, so this proves nothing.\n")
        return 1
    observation = {
        "rgb": torch.randint(0, 256, (2, 1, 3, 3, 64, 96), dtype=torch.uint8),
        "depth": torch.rand(2, 1, 3, 1, 64, 96),
        "proprioception": torch.randn(2, 1, 7),
    }
    for name in list_encoders():
        options = {} if name == "impala" else {"backbone": {"weights": "random"}}
        if "backbone" in options:
            options["backbone"]["model"] = "vit_tiny_patch16_224"
        encoder = create_encoder(
            name, num_views=3, image_size=(64, 96), proprioception_dim=7, **options
        )
        features = encoder(observation, encoder.frozen_features(observation["rgb"])).features
        if features.shape != (2, encoder.output_dim) or not features.isfinite().all():
            sys.stderr.write(f"{name} gave features of shape {tuple(features.shape)}.\n")
            return 1
    sys.stdout.write(f"spawnnet-encoders {spawnnet_encoders.__version__} works alone.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
