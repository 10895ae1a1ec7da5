"""What the replay buffer of a run will take."""

from __future__ import annotations

import math

from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.storage import Part, Place
from spawnnet_train.rollouts.environment import LabelledEnvironment
from spawnnet_train.student.spec import StudentSpec


def num_episodes(config: DaggerConfig, num_envs: int) -> int:
    """Return how many episodes a run keeps at its end: whole rollouts of N environments."""
    each = [config.warmup_episodes, *[config.episodes_per_round] * config.rounds]
    collected = sum(math.ceil(episodes / num_envs) * num_envs for episodes in each)
    return min(config.replay.capacity_episodes, collected)


def replay_parts(
    config: DaggerConfig,
    environment: LabelledEnvironment,
    spec: StudentSpec,
    row_bytes: int,
    num_kept: int,
) -> list[Part]:
    """Return the sizes of images, depth and features.

    Args:
        config: How much is kept, and where.
        environment: Where it is collected.
        spec: What is seen.
        row_bytes: Bytes of the features of one time step; 0 where none are kept, whatever is asked.
        num_kept: Episodes that are kept at the end.
    """
    replay = config.replay
    num_steps = math.ceil(environment.episode_steps / replay.keep_every)
    num_steps *= num_kept
    height, width = spec.image_size
    pixels = num_steps * len(spec.views) * height * width
    depth = pixels * replay.torch_depth_dtype.itemsize if spec.has_depth else 0
    places: tuple[Place, ...] = ("memory", "disk")
    frozen: tuple[Place, ...] = (*places, "none") if row_bytes else ("none",)
    features, chosen = num_steps * row_bytes, replay.frozen if row_bytes else "none"
    return [
        Part("images", "algorithm.replay.images", 3 * pixels, replay.images, places),
        Part("depth", "algorithm.replay.images", depth, replay.images, places),
        Part("features", "algorithm.replay.frozen", features, chosen, frozen),
    ]
