import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from spawnnet_jobs.terminal.console import Console
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.algorithms.dagger.mixing import MixingConfig
from spawnnet_train.algorithms.dagger.replay import ReplayConfig
from spawnnet_train.config.errors import SettingError
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.learner import Learner
from spawnnet_train.learning.optimization import OptimizerConfig
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.loading import load_config
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.create import create_student
from spawnnet_train.student.normalization import NormalizationConfig
from spawnnet_train.student.spec import spec_of_environment
from spawnnet_train.student.student import Student

N, L, S, A = 3, 8, 3, 4


@dataclass(frozen=True)
class Run:
    simulation: SimulationConfig | None
    seed: int = 2
    student: StudentConfig = field(default_factory=StudentConfig)
    train: LearningConfig = field(default_factory=lambda: LearningConfig(batch_size=4))


def run_of(settings: dict[str, Any], **student: Any) -> Run:
    return Run(
        simulation=TypeAdapter(SimulationConfig).validate_python(settings),
        student=StudentConfig(**student),
    )


@pytest.fixture
def make_dagger(
    make_environment: Callable[..., Any],
    make_student: Callable[..., Student],
    expert: Any,
    simulation: Callable[..., dict[str, Any]],
) -> Callable[..., tuple[Dagger, Student]]:
    def make(
        *, run: dict[str, Any] | None = None, count: int = N, **settings: Any
    ) -> tuple[Dagger, Student]:
        environment = make_environment(N, L)
        spec = spec_of_environment(environment, ("front", "wrist"))
        config = DaggerConfig(**settings)
        run_ = replace(run_of(simulation(count=count)), **(run or {}))
        dagger = Dagger(config, run_, environment=environment, expert=expert, spec=spec)
        student = make_student("spawnnet")
        dagger.set_up(student)
        return dagger, student

    return make


def proprioception(dagger: Dagger) -> torch.Tensor:
    """Return what was kept, `(steps, S)`."""
    steps = torch.arange(len(dagger._replay))
    return dagger._replay.batch(steps).stack.observation["proprioception"][:, -1]


def test_episodes_are_rounded_up_to_whole_rollouts(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, _ = make_dagger(warmup_episodes=4, episodes_per_round=3, rounds=1)
    assert dagger.num_periods == 2
    sizes = []
    for round_index in range(2):
        dagger.begin(round_index, quiet)
        report = dagger.end(round_index, 0.1, quiet)
        sizes.append(report.metrics["rollout/replay_steps"])
    assert sizes == [2 * N * L, 3 * N * L]
    assert report.cells["rollouts"].endswith(f"/{N}")
    assert report.score is None


def test_the_warm_up_is_the_experts_and_no_start_is_used_twice(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, _ = make_dagger(mixing=MixingConfig(schedule="linear", linear_rounds=2))
    shares = []
    for round_index in range(3):
        dagger.begin(round_index, quiet)
        shares.append(dagger.end(round_index, 0.1, quiet).metrics["rollout/expert_share"])
    assert shares == [1.0, 0.5, 0.0]
    starts = proprioception(dagger)[::L, :2]
    assert len({tuple(start) for start in starts.tolist()}) == len(starts)


def test_the_warm_up_decides_how_proprioception_is_normalised(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, student = make_dagger()
    dagger.begin(0, quiet)
    states = proprioception(dagger).double()
    assert dagger.spec.proprioception is not None
    assert dagger.spec.proprioception.count == len(states)
    np.testing.assert_allclose(dagger.spec.proprioception.mean, states.mean(0), rtol=1e-6)
    fitted = student.proprioception.offset.clone()
    torch.testing.assert_close(fitted, states.mean(0).float())
    dagger.begin(1, quiet)
    assert torch.equal(student.proprioception.offset, fitted)


def test_the_warm_up_may_have_updates_of_its_own(make_dagger: Callable[..., Any]) -> None:
    dagger, _ = make_dagger(updates_per_round=5, warmup_updates=9)
    assert [dagger.num_updates(round_index) for round_index in range(3)] == [9, 5, 5]


def test_each_rollout_takes_the_next_cabinets_where_there_are_more(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, _ = make_dagger(count=2 * N, warmup_episodes=2 * N)
    seen: list[str] = []
    place = dagger._environment.set_cabinets
    dagger._environment.set_cabinets = lambda numbers: (seen.extend(numbers), place(numbers))
    dagger.begin(0, quiet)
    assert sorted(seen) == list(range(2 * N))


def test_an_expert_may_err_while_it_acts(dagger: Any, quiet: Console) -> None:
    shown = []
    for noise in (0.0, 0.5):
        config = load_config(dagger.file, [f"algorithm.disturbance={{action_noise: {noise}}}"])
        with closing(open_algorithm(config)) as algorithm:
            assert isinstance(algorithm, Dagger)
            algorithm.set_up(create_student(config, algorithm.spec, torch.device("cpu")))
            algorithm.begin(0, quiet)
            actions = algorithm._replay.batch(torch.arange(5)).action_chunk[:, 0]
            shown.append((proprioception(algorithm)[:5], actions))
    (exact, labels), (erring, other_labels) = shown
    assert torch.equal(exact[0], erring[0])
    assert torch.equal(labels[0], other_labels[0])  # what is right in the same state
    assert not torch.equal(exact[1], erring[1])


def test_a_warm_up_from_disk_equals_one_that_is_run(
    make_dagger: Callable[..., Any], quiet: Console, tmp_path: Path
) -> None:
    found = []
    for settings in ({}, {"warmup_folder": tmp_path}, {"warmup_folder": tmp_path}):
        dagger, student = make_dagger(warmup_episodes=2 * N, rounds=1, **settings)
        if found[1:]:
            dagger._environment.step = None  # is not needed
        dagger.begin(0, quiet)
        batch = dagger._replay.batch(torch.arange(len(dagger._replay)))
        report = dagger.end(0, 0.0, quiet)
        found.append((batch, dagger.spec, student.proprioception.offset, report))
    (batch, spec, offset, report), *others = found
    for other in others:
        for kept, expected in zip(other[0].stack.frozen, batch.stack.frozen, strict=True):
            assert torch.equal(kept, expected)
        for name, tensor in batch.stack.observation.items():
            assert torch.equal(other[0].stack.observation[name], tensor)
        assert torch.equal(other[0].action_chunk, batch.action_chunk)
        assert other[1] == spec
        assert torch.equal(other[2], offset)
        assert other[3] == report


def test_a_student_without_proprioception_is_left_alone(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, student = make_dagger(run={"student": StudentConfig(proprioception=False)})
    dagger.begin(0, quiet)
    assert torch.equal(student.proprioception.offset, torch.zeros(S))


def test_a_round_has_its_updates_and_goes_on_in_the_middle(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    def actions(dagger: Dagger, first: int) -> list[torch.Tensor]:
        return [batch.action_chunk for batch in dagger.batches(0, first)]

    whole, _ = make_dagger(updates_per_round=5)
    parts, _ = make_dagger(updates_per_round=5)
    assert whole.num_updates(0) == whole.num_updates(1) == 5
    for dagger in (whole, parts):
        dagger.begin(0, quiet)
    expected = actions(whole, 0)
    assert len(expected) == 5
    batches = parts.batches(0, 0)
    begun = [next(batches).action_chunk for _ in range(2)]
    state = json.loads(json.dumps(parts.state()))
    resumed, _ = make_dagger(updates_per_round=5)
    resumed.rebuild(1, lambda period: None, quiet)
    resumed.load_state(state)
    for found, wanted in zip([*begun, *actions(resumed, 2)], expected, strict=True):
        assert torch.equal(found, wanted)


def test_the_buffer_is_filled_again_with_the_students_of_each_round(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, student = make_dagger(rounds=2)
    students = []
    for round_index in range(3):
        dagger.begin(round_index, quiet)
        with torch.no_grad():  # stands in for training
            for parameter in student.policy.parameters():
                parameter += 0.3 * torch.randn_like(parameter)
        students.append({name: t.clone() for name, t in student.trainable_state().items()})
    again, other = make_dagger(rounds=2)
    again.rebuild(3, lambda period: other.load_trainable_state(students[period]), quiet)
    assert torch.equal(proprioception(again), proprioception(dagger))
    assert again.end(2, 0.1, quiet) == dagger.end(2, 0.1, quiet)


@pytest.mark.parametrize(
    ("to", "step"), [("float32", 1e-6), ("float16", 2**-11), ("bfloat16", 2**-8), ("int8", 1.0)]
)
def test_features_that_are_computed_again_are_those_that_are_kept(
    make_dagger: Callable[..., Any], quiet: Console, to: Any, step: float
) -> None:
    """SpawnNet's tokens have unit length, so that one rounding is at most a step of the format."""
    found, see = [], {"student": StudentConfig(frozen_format=to)}
    for frozen in ("memory", "none"):
        dagger, student = make_dagger(run=see, replay=ReplayConfig(frozen=frozen))
        dagger.begin(0, quiet)
        batch = next(dagger.batches(0, 0))
        found.append((batch.stack.frozen, student(batch).loss.item()))
    (kept, loss), (computed, other_loss) = found
    assert len(kept) == len(computed) == (6 if to == "int8" else 3)  # int8 has scales beside it
    for part, again in zip(kept, computed, strict=True):
        assert part.dtype == again.dtype
        assert part.dtype in (getattr(torch, to), torch.float32)
        tolerance = 1e-6 if part.dtype == torch.float32 else step
        torch.testing.assert_close(part, again, rtol=0, atol=tolerance)
    assert other_loss == pytest.approx(loss, rel=1e-2)


def test_the_replay_buffer_says_how_large_it_will_be(
    make_dagger: Callable[..., Any], quiet: Console
) -> None:
    dagger, student = make_dagger(
        rounds=1, warmup_episodes=4, episodes_per_round=3, replay=ReplayConfig(keep_every=3)
    )
    for round_index in range(2):
        dagger.begin(round_index, quiet)
    images, depth, features = dagger.storage(student)
    steps = len(dagger._replay)
    assert steps == 3 * N * 3
    assert images.nbytes == steps * 2 * 3 * 32 * 48
    assert depth.nbytes == steps * 2 * 32 * 48 * 2
    assert features.nbytes == dagger._replay._frozen.to_dict_array().nbytes
    assert {part.setting for part in (images, depth)} == {"algorithm.replay.images"}


def test_the_configuration_tells_what_it_will_see(
    simulation: Callable[..., dict[str, Any]],
) -> None:
    sight = Dagger.sight(DaggerConfig(), run_of(simulation()))
    assert (sight.views, sight.image_size) == (("close_left", "close_right"), (32, 48))
    assert sight.section == "simulation.cameras"


@pytest.mark.parametrize(
    ("change", "student", "problem"),
    [
        ({"cameras": {"views": ()}}, {}, "simulation.cameras.views: a student needs at least one"),
        (
            {},
            {"action_horizon": 6},
            "student.action_horizon: must be at most `simulation.episode_steps`, got 6 and 5.",
        ),
        (
            {},
            {"stack_idx": (0, 3)},
            "student.stack_idx: must be multiples of `algorithm.replay.keep_every` apart, 2, "
            "got [0, 3].",
        ),
        (
            {},
            {"normalization": NormalizationConfig(actions="min_max")},
            "student.normalization.actions: must be none with dagger",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    simulation: Callable[..., dict[str, Any]],
    change: dict[str, Any],
    student: dict[str, Any],
    problem: str,
) -> None:
    config = DaggerConfig(replay=ReplayConfig(keep_every=2))
    with pytest.raises(SettingError) as error:
        Dagger.check(config, run_of(simulation(**change), **student))
    assert str(error.value).startswith(problem)


def test_a_simulation_is_required() -> None:
    for method in (Dagger.check, Dagger.sight, Dagger.open):
        with pytest.raises(SettingError, match=r"^simulation: is required by dagger"):
            method(DaggerConfig(), Run(None))


@pytest.mark.slow
def test_the_student_learns_to_do_it_alone(make_dagger: Callable[..., Any], quiet: Console) -> None:
    train = LearningConfig(batch_size=32, optimizer=OptimizerConfig(lr=2e-3))
    dagger, student = make_dagger(
        run={"train": train},
        warmup_episodes=12,
        episodes_per_round=6,
        rounds=3,
        updates_per_round=60,
    )
    learner = Learner(student, train, [240])
    rates = []
    for round_index in range(8):
        dagger.begin(round_index, quiet)
        rates.append(dagger.end(round_index, 0.0, quiet).metrics["rollout/success"])
        for batch in dagger.batches(round_index, 0) if round_index < 4 else ():
            learner.update(batch)
    assert np.mean(rates[4:]) > 0.8
