"""Rollouts: student and expert in the simulator, with the expert's label for every state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from spawnnet_jobs.together.ranks import Share
from spawnnet_train.config.simulator import DisturbedExpert
from spawnnet_train.rollouts.environment import Expert, LabelledEnvironment
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.frames import Frame, without_images
from spawnnet_train.student.targets import NOT_PRIVILEGED

PROGRESS = ("opened", "grasped", "closest")


class Step(NamedTuple):
    """One time step of N environments.

    Attributes:
        frame: What was seen before the action; None where nobody looked.
        label: `(N, A)`, float32: the expert's action for exactly that state; None without expert.
        by_expert: `(N,)`, bool: in which environments the expert's action was executed.
        attention: `(N, F, V, G, h, w)`, what the adapters looked at last; None if never.
        success: `(N,)`, bool: whether the episode has succeeded, the action included.
        progress: `(N,)` each: `opened`, `grasped` and `closest` after the action, see
            `LabelledEnvironment`.
        quantities: `(N, k)` each: what only a simulator knows of the state before the action; None
            where nobody asks.
        target_errors: `(N,)` each: how far the student's privileged targets are from the truth.
    """

    frame: Frame | None
    label: NDArray[np.float32] | None
    by_expert: NDArray[np.bool_]
    attention: torch.Tensor | None
    success: NDArray[np.bool_]
    progress: Mapping[str, NDArray[Any]]
    quantities: Mapping[str, NDArray[np.float32]] | None = None
    target_errors: Mapping[str, NDArray[np.float32]] = MappingProxyType({})


def rollout(
    environment: LabelledEnvironment,
    actor: StudentActor,
    *,
    seed: int,
    expert: Expert | None = None,
    acting_expert: DisturbedExpert | None = None,
    expert_share: float = 0.0,
    look_every: int = 1,
    is_blind: bool = False,
    environments: Share | None = None,
) -> Iterator[Step]:
    """Yield the steps of one episode in every environment.

    Args:
        environment: N environments, all of them reset first.
        actor: The student.
        seed: Decides where the episodes begin, who acts in which step, and what a stochastic
            policy samples.
        expert: Labels every visited state; None if nobody needs labels.
        acting_expert: Says what the expert does where it acts, if that is not the label.
        expert_share: Probability, for each environment and step, that the expert's action is
            executed rather than the student's. 1 leaves the student out.
        look_every: Steps from one that is drawn and seen to the next, where the expert acts alone.
        is_blind: Whether the student sees black images.
        environments: Which of a row of environments these N are, where several processes have a
            piece of it each; by default all. What happens in one does not depend on the others.
    """
    row = environments or Share.whole(environment.num_envs)
    environment.draws = True
    observation, _ = environment.reset(seed=row.seeds(seed))
    actor.reset(seed)
    if acting_expert is not None:
        acting_expert.reset(row.seeds(seed))
    generator = np.random.default_rng(seed)
    every = look_every if expert_share >= 1 else 1  # a student that acts has to see every step
    asks = expert is not None or actor.privileged != NOT_PRIVILEGED
    for step in range(environment.episode_steps):
        frame = None
        if step % every == 0:
            seen = without_images(observation) if is_blind else observation
            frame = actor.observe(seen, is_kept=expert is not None)
        label, executed = _advise(environment, expert, acting_expert)
        quantities = environment.quantities() if asks else None
        by_expert = generator.random(row.total)[row.slice] < expert_share
        actions = _mix(actor, executed, by_expert)
        errors = {} if quantities is None or by_expert.all() else actor.target_errors(quantities)
        environment.draws = (step + 1) % every == 0
        observation, _, _, _, info = environment.step(actions)
        progress = {name: info[name].copy() for name in PROGRESS}
        yield Step(
            frame,
            label,
            by_expert,
            actor.attention,
            info["success"].copy(),
            progress,
            quantities,
            errors,
        )


def _advise(
    environment: LabelledEnvironment, expert: Expert | None, acting_expert: DisturbedExpert | None
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """Return what should be done in the present state, and what the expert would do."""
    if expert is None:
        return None, None
    state = environment.privileged_state()
    label = expert.act(state)
    return label, label if acting_expert is None else acting_expert.act(state)


def _mix(
    actor: StudentActor, executed: NDArray[np.float32] | None, by_expert: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return the expert's actions in the environments `by_expert`, the student's in the others."""
    if executed is None:
        return actor.act()
    if by_expert.all():
        return executed
    actions = np.where(by_expert[:, None], executed, actor.act())
    actor.interrupt(by_expert)
    return actions
