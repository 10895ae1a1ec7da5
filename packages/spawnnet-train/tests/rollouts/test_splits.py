import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.rollouts import splits
from spawnnet_train.rollouts.evaluation import Episode, EvaluationConfig
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.rollouts.splits import Evaluator, show_results
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.student import Student


@dataclass(frozen=True)
class Settings:
    simulation: SimulationConfig | None
    evaluation: EvaluationConfig
    student: StudentConfig = field(default_factory=StudentConfig)
    train: LearningConfig = field(default_factory=LearningConfig)


@pytest.fixture
def evaluate(
    tmp_path: Path,
    quiet: Console,
    simulation: Callable[..., dict[str, Any]],
    make_environment: Callable[..., Any],
    make_student: Callable[..., Student],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., list[Episode]]:
    """Evaluates in environments of points, as many as the split has cabinets."""
    monkeypatch.setattr(
        splits, "open_environment", lambda config: make_environment(config.env_count)
    )
    trained = TypeAdapter(SimulationConfig).validate_python(simulation(count=3))

    def run(config: SimulationConfig | None = trained, **evaluation: int) -> list[Episode]:
        settings = Settings(config, EvaluationConfig(**evaluation))
        evaluator = Evaluator(settings, RunDirectory(tmp_path), quiet)
        return evaluator.evaluate(make_student("spawnnet"), "best")

    return run


def test_every_split_has_its_episodes_and_leaves_a_video(
    evaluate: Callable[..., list[Episode]], tmp_path: Path
) -> None:
    episodes = evaluate(episodes=4, new_episodes=2, held_out_episodes=1)
    assert [e.split for e in episodes] == ["train"] * 4 + ["new"] * 2 + ["held_out"]
    assert [e.env for e in episodes] == [0, 1, 2, 0, 0, 0, 0]
    expected = {"best_train", "best_new", "best_held_out"}
    assert {path.stem for path in (tmp_path / "videos").iterdir()} == expected
    assert {path.stem for path in (tmp_path / "attention").iterdir()} == expected


def test_a_split_without_episodes_is_left_out(evaluate: Callable[..., list[Episode]]) -> None:
    episodes = evaluate(episodes=1, new_episodes=0, held_out_episodes=0)
    assert [e.split for e in episodes] == ["train"]


def test_without_a_simulation_there_is_nothing_to_measure(
    evaluate: Callable[..., list[Episode]],
) -> None:
    assert evaluate(None, episodes=1) == []


def test_results_show_rate_and_interval() -> None:
    text = io.StringIO()
    episodes = [
        Episode("train", f"cabinet-{i % 6}", 0, 9, i < 41, True, 0.034, 0.1) for i in range(48)
    ]
    show_results(Console(RichConsole(file=text, width=80)), episodes)
    assert "41/48    85%      73% to 93%      100%    3.4 cm" in text.getvalue()
    assert "cabinet-5" in text.getvalue()


def test_of_many_cabinets_only_whole_splits_are_shown() -> None:
    text = io.StringIO()
    episodes = [Episode("train", f"cabinet-{i}", 0, 9, True, True, 0.1, 0.1) for i in range(60)]
    show_results(Console(RichConsole(file=text, width=80)), episodes)
    assert "60/60" in text.getvalue()
    assert "cabinet-5" not in text.getvalue()
