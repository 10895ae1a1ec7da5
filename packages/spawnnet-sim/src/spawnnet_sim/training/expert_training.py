"""Train an expert by reinforcement learning on the privileged state, as the paper's was.

The folder of a training holds `expert.safetensors` (the expert, for use), `training.safetensors`
(what it takes to go on), `curve.csv` and `curve.png`. They are written after every iteration, so
an interrupted training loses at most one.
"""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spawnnet_sim.atomic_file import write_bytes
from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.errors import ConfigurationError, require
from spawnnet_sim.experts.learned_expert import FILE_NAME, LearnedExpert, Training
from spawnnet_sim.extras import import_extra
from spawnnet_sim.factory import blind, create_environment
from spawnnet_sim.registration import cabinet_set
from spawnnet_sim.training.learning_curve import CurvePoint, draw_curve, read_curve, write_curve
from spawnnet_sim.training.ppo_config import PpoConfig

if TYPE_CHECKING:
    from spawnnet_sim.training.ppo import Learner
    from spawnnet_sim.training.ppo_envs import Outcome

STATE_NAME, CURVE_NAME = "training.safetensors", "curve.csv"
_HEADER = "spawnnet_sim_training"
# What may differ when a training is resumed: nothing that a step without images depends on.
_FREE = {"steps", "expert", "cameras", "engine"}


def train_expert(
    environment: EnvironmentConfig,
    folder: Path,
    *,
    ppo: PpoConfig,
    watch: Callable[[CurvePoint], None] | None = None,
) -> LearnedExpert:
    """Train an expert, or go on with the training that the folder holds.

    Args:
        environment: Task, cabinets and times; its cameras are ignored. Its `num_envs` may be more
            than its cabinets, to have several of each.
        folder: Gets the files.
        ppo: How to learn; a resumed training may only differ in `steps`.
        watch: Called after every iteration: one episode in every environment, and the update.

    Raises:
        ConfigurationError: If a value is not valid, the folder holds another training, or the extra
            `ppo` is not installed.
    """
    for module in ("stable_baselines3", "safetensors", "matplotlib"):
        import_extra(module, "ppo")
    from spawnnet_sim.training.ppo import Learner

    size = environment.env_count * environment.episode_steps
    is_divisor = size % ppo.batches == 0
    require(is_divisor, "batches", ppo.batches, f"a divisor of the {size} steps per iteration")
    facts = _facts(environment, ppo)
    state = _read_state(folder / STATE_NAME, facts)
    envs = create_environment(blind(environment))
    with closing(envs):
        learner = Learner(envs, ppo, _tensorboard_folder(folder))
        run = _Run(learner, folder, environment, facts, watch)
        if state is not None:
            run.resume(state)
        if learner.steps < ppo.steps:
            learner.learn(ppo.steps, run.after_iteration)
    draw_curve(folder / "curve.png", run.points, f"PPO on {environment.task}")
    return run.expert()


class _Run:
    """Keeps the files of a training up to date."""

    def __init__(
        self,
        learner: Learner,
        folder: Path,
        environment: EnvironmentConfig,
        facts: dict[str, Any],
        watch: Callable[[CurvePoint], None] | None,
    ) -> None:
        self.points: list[CurvePoint] = []
        self._learner, self._folder, self._environment = learner, folder, environment
        self._header, self._watch = {_HEADER: json.dumps(facts)}, watch
        self._began = time.monotonic()

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a saved state, and drop what came after it from the curve."""
        self._learner.load_state(state)
        known = read_curve(self._folder / CURVE_NAME)
        self.points = [point for point in known if point.steps <= self._learner.steps]
        self._began -= self.points[-1].seconds if self.points else 0.0

    def after_iteration(self, outcome: Outcome) -> None:
        """Note what happened and write everything."""
        seconds = time.monotonic() - self._began
        learner = self._learner
        self.points.append(CurvePoint(learner.steps, seconds, *outcome, learner.deviation))
        write_curve(self._folder / CURVE_NAME, self.points)
        save = import_extra("safetensors.torch", "ppo").save
        write_bytes(self._folder / STATE_NAME, save(learner.state(), self._header))
        self.expert().save(self._folder / FILE_NAME)
        if self._watch is not None:
            self._watch(self.points[-1])

    def expert(self) -> LearnedExpert:
        """Return the expert as it is now."""
        config, envs = self._environment, self._learner.envs
        training = Training(
            task=config.task,
            cabinets=cabinet_set(config),
            num_cabinets=config.cabinets.count,
            control_frequency=config.control_frequency,
            action_speed=config.robot.action_speed,
            steps=self._learner.steps,
            control=config.robot.control,
            scene=config.scene,
        )
        actor = self._learner.actor()
        return LearnedExpert(envs.mean, envs.deviation, actor, training, envs.robot)


def _facts(environment: EnvironmentConfig, ppo: PpoConfig) -> dict[str, Any]:
    """Return what a training consists of, as JSON has it."""
    cabinets = asdict(replace(environment.cabinets, set=cabinet_set(environment)))
    everything = {
        **asdict(environment),
        "cabinets": cabinets,
        "num_envs": environment.env_count,
        **asdict(ppo),
    }
    facts = {name: value for name, value in everything.items() if name not in _FREE}
    result: dict[str, Any] = json.loads(json.dumps(facts))
    return result


def _read_state(path: Path, facts: dict[str, Any]) -> dict[str, Any] | None:
    """Return the state of the training that a folder holds, None if it holds none."""
    if not path.exists():
        return None
    safetensors = import_extra("safetensors", "ppo")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            held = json.loads((file.metadata() or {})[_HEADER])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            "", f"{path}: is not the state of a training, {reason}."
        ) from error
    for name, value in facts.items():
        if held.get(name) != value:
            raise ConfigurationError(
                "",
                f"{path.parent}: holds a training with `{name}` {held.get(name)!r}, not {value!r}; "
                "take another folder, or the same settings to go on.",
            )
    return state


def _tensorboard_folder(folder: Path) -> str | None:
    has_tensorboard = importlib.util.find_spec("tensorboard") is not None
    return str(folder / "tensorboard") if has_tensorboard else None
