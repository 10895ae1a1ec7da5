"""What differs from episode to episode besides the robot's start, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from spawnnet_sim.configuration import Configuration
from spawnnet_sim.errors import require


@dataclass(frozen=True)
class RandomizationConfig(Configuration):
    """Domain randomisation, drawn anew for every environment at each of its resets.

    Numbers are scales: 0 leaves everything as described, 1 is a strong variation with which the
    scripted experts still succeed. What an environment draws follows from its seed alone, aspect by
    aspect: switching one on leaves the others, and the start poses, as they are.

    Attributes:
        lights: At 1 the lamp's direction turns by up to about 35 degrees, its strength varies by a
            factor of up to 1.6 and each channel of its colour by one of up to 1.2.
        colours: At 1 the colours of cabinet, robot and floor shift by up to 0.3 per channel.
        textures: Probability with which a textured surface shows a pattern that no generated
            cabinet has instead of its own: waves of coloured noise, or patches with hard edges.
        cameras: At 1 cameras are off by up to 3 cm along, and 3 degrees about, every axis; those on
            the robot by up to 1 cm along them.
        dynamics: At 1 mass, friction, damping and spring of the moving part and the friction of
            contacts vary by factors of up to 1.6, gains of the robot's drives by up to 1.2.
        ball: Whether a red ball that nothing touches sticks in the cabinet's front: the distractor
            of the original release. It starts within 15 cm of the middle of the moving part's
            front, sideways and, for doors, up and down, and does not move with it. The original has
            it at a fixed depth for drawers, which is in front of some cabinets and inside others.
    """

    lights: float = 0.0
    colours: float = 0.0
    textures: float = 0.0
    cameras: float = 0.0
    dynamics: float = 0.0
    ball: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for field in fields(self):
            value = getattr(self, field.name)
            limit = 1.0 if field.name == "textures" else 2.0
            require(0 <= value <= limit, field.name, value, f"in [0, {limit:g}]")


NO_RANDOMIZATION = RandomizationConfig()  # every episode looks and behaves as described


def streams(seed: int) -> dict[str, np.random.Generator]:
    """Return the random numbers of an episode for each aspect, by the fields' names.

    A stream for each, so that switching one on leaves the others as they are.
    """
    names = [field.name for field in fields(RandomizationConfig)]
    return dict(zip(names, np.random.default_rng(seed).spawn(len(names)), strict=True))
