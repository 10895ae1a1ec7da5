"""Rollouts: student and expert in the simulator, with the expert's label for every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_train.rollouts.environment import Expert, LabelledEnvironment
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.frames import Frame, without_images


class Step(NamedTuple):
    """One time step of N environments.

    Attributes:
        frame: What was seen before the action.
        label: `(N, A)`, float32: the expert's action for exactly that state; None without expert.
        by_expert: `(N,)`, bool: in which environments the expert's action was executed.
        attention: `(N, F, V, G, h, w)`, what the adapters looked at last; None if never.
        success: `(N,)`, bool: whether the episode has succeeded, the action included.
        opened: `(N,)`, float32: how far the task has got after the action, in m or rad.
    """

    frame: Frame
    label: NDArray[np.float32] | None
    by_expert: NDArray[np.bool_]
    attention: torch.Tensor | None
    success: NDArray[np.bool_]
    opened: NDArray[np.float32]


def rollout(
    environment: LabelledEnvironment,
    actor: StudentActor,
    *,
    seed: int,
    expert: Expert | None = None,
    expert_share: float = 0.0,
    is_blind: bool = False,
) -> Iterator[Step]:
    """Yield the steps of one episode in every environment.

    Args:
        environment: N environments, all of them reset first.
        actor: The student.
        seed: Decides where the episodes begin, who acts in which step, and what a stochastic
            policy samples.
        expert: Labels every visited state; None if nobody needs labels.
        expert_share: Probability, for each environment and step, that the expert's action is
            executed rather than the student's. 1 leaves the student out.
        is_blind: Whether the student sees black images.
    """
    observation, _ = environment.reset(seed=seed)
    actor.reset(seed)
    generator = np.random.default_rng(seed)
    for _ in range(environment.episode_steps):
        frame = actor.observe(without_images(observation) if is_blind else observation)
        label = None if expert is None else expert.act(environment.privileged_state())
        by_expert = generator.random(environment.num_envs) < expert_share
        actions = _mix(actor, label, by_expert)
        observation, _, _, _, info = environment.step(actions)
        yield Step(
            frame, label, by_expert, actor.attention, info["success"].copy(), info["opened"].copy()
        )


def _mix(
    actor: StudentActor, label: NDArray[np.float32] | None, by_expert: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return the expert's actions in the environments `by_expert`, the student's in the others."""
    if label is None:
        return actor.act()
    if by_expert.all():
        return label
    actions = np.where(by_expert[:, None], label, actor.act())
    actor.interrupt(by_expert)
    return actions
