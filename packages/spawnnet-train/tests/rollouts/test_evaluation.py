import csv
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from spawnnet_record.success_rate import success_rate
from spawnnet_train.rollouts.evaluation import Episode, evaluate, summarize, write_results
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.student import Student
from spawnnet_train.student.targets import PrivilegedTargetsConfig, TargetHeads


@pytest.fixture
def environment(make_environment: Callable[..., Any]) -> Any:
    return make_environment(num_envs=3, episode_steps=4)


@pytest.fixture
def actor(make_student: Callable[..., Student], make_actor: Callable[..., StudentActor]) -> Any:
    return make_actor(make_student("impala"), 3)


def test_episodes_are_dealt_out_to_the_environments_in_turn(
    environment: Any, actor: StudentActor
) -> None:
    found = list(evaluate(environment, actor, split="train", num_cabinets=3, episodes=7, seed=0))
    assert [episode.env for episode in found] == [0, 1, 2, 0, 1, 2, 0]
    assert [episode.cabinet for episode in found[:3]] == ["target-0", "target-1", "target-2"]
    assert len({episode.seed for episode in found}) == 3


def test_the_same_seed_gives_the_same_outcomes_whatever_came_before(
    environment: Any, actor: StudentActor
) -> None:
    first = list(evaluate(environment, actor, split="train", num_cabinets=3, episodes=6, seed=4))
    other = list(evaluate(environment, actor, split="train", num_cabinets=3, episodes=6, seed=5))
    assert (
        list(evaluate(environment, actor, split="train", num_cabinets=3, episodes=6, seed=4))
        == first
    )
    assert [e.opened for e in first] != [e.opened for e in other]


def test_fewer_episodes_are_the_first_of_more(environment: Any, actor: StudentActor) -> None:
    many = list(evaluate(environment, actor, split="train", num_cabinets=3, episodes=6, seed=4))
    assert (
        list(evaluate(environment, actor, split="train", num_cabinets=3, episodes=4, seed=4))
        == many[:4]
    )


def test_every_step_is_shown_to_whoever_watches(environment: Any, actor: StudentActor) -> None:
    seen: list[int] = []
    watched = evaluate(
        environment,
        actor,
        split="x",
        num_cabinets=3,
        episodes=4,
        seed=0,
        watch=lambda index, _: seen.append(index),
    )
    assert len(list(watched)) == 4
    assert seen == [0] * 4 + [1] * 4


def episodes() -> list[Episode]:
    outcomes = [("train", "b", True), ("train", "a", False), ("train", "b", False)]
    outcomes += [("held_out", "c", True)]
    return [
        Episode(s, cabinet, 0, 9, success, True, 0.25, 0.125) for s, cabinet, success in outcomes
    ]


def test_rates_are_counted_per_split_and_per_cabinet() -> None:
    found = {(row.split, row.cabinet): row.rate for row in summarize(episodes())}
    assert list(found) == [
        ("train", "all"),
        ("train", "a"),
        ("train", "b"),
        ("held_out", "all"),
        ("held_out", "c"),
    ]
    assert found["train", "all"] == success_rate(1, 3)
    assert found["train", "b"] == success_rate(1, 2)


def test_result_files_hold_every_episode_and_every_rate(tmp_path: Path) -> None:
    write_results(tmp_path / "eval", episodes())
    with (tmp_path / "eval" / "episodes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4
    assert rows[0] == {
        "split": "train",
        "cabinet": "b",
        "env": "0",
        "seed": "9",
        "success": "True",
        "grasped": "True",
        "closest": "0.25",
        "opened": "0.125",
        "privileged": "none",
    }
    with (tmp_path / "eval" / "summary.csv").open() as file:
        summary = list(csv.DictReader(file))
    assert summary[0] == {
        "split": "train",
        "cabinet": "all",
        "successes": "1",
        "episodes": "3",
        "rate": "0.3333",
        "low": "0.0615",
        "high": "0.7923",
        "grasped": "1.0000",
        "closest": "0.2500",
        "opened": "0.1250",
        "privileged": "none",
    }


def test_errors_of_targets_are_medians_until_the_hand_closes(
    environment: Any,
    make_student: Callable[..., Student],
    make_actor: Callable[..., StudentActor],
    tmp_path: Path,
) -> None:
    config = PrivilegedTargetsConfig(names=("handle_offset",))
    student = make_student("impala")
    student.targets = TargetHeads(config, student.encoder.output_dim)
    actor = make_actor(student, 3, privileged_targets=config)
    steps: list[Step] = []
    found = list(
        evaluate(
            environment,
            actor,
            split="new",
            num_cabinets=3,
            episodes=3,
            seed=0,
            watch=lambda _, step: steps.append(step),
        )
    )
    for env, episode in enumerate(found):
        errors = [
            float(step.target_errors["handle_offset_error_cm"][env])
            for index, step in enumerate(steps)
            if index == 0 or not step.progress["grasped"][env]
        ]
        assert episode.privileged == "probe"
        expected = pytest.approx(median(errors), abs=0.01)
        assert episode.target_errors == {"handle_offset_error_cm": expected}
    write_results(tmp_path, found)
    with (tmp_path / "summary.csv").open() as file:
        (row, *_) = csv.DictReader(file)
    assert row["privileged"] == "probe"
    errors = [episode.target_errors["handle_offset_error_cm"] for episode in found]
    assert float(row["handle_offset_error_cm"]) == pytest.approx(median(errors), abs=0.01)


def test_rows_say_how_far_episodes_got() -> None:
    outcomes = [(True, 0.1, 0.5), (False, 0.2, 0.1), (False, 0.9, 0.0)]
    (row, _) = summarize(Episode("train", "a", 0, 9, False, *outcome) for outcome in outcomes)
    assert (row.grasped, row.closest, row.opened) == (
        pytest.approx(1 / 3),
        pytest.approx(0.2),
        pytest.approx(0.2),
    )


def test_more_cabinets_than_environments_come_in_turn(
    environment: Any, actor: StudentActor
) -> None:
    found = evaluate(environment, actor, split="new", num_cabinets=5, episodes=7, seed=0)
    assert [episode.cabinet[-1] for episode in found] == list("0123401")
