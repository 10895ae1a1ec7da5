import csv
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from spawnnet_jobs.terminal.console import Console
from spawnnet_record import RecordError
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.reevaluation import evaluate

ONE = ["evaluation.episodes=1", "evaluation.held_out_episodes=0"]


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "episodes.csv").open() as lines:
        return list(csv.DictReader(lines))


def test_evaluating_again_gives_the_same_numbers(dagger: Any, quiet: Console) -> None:
    folder = evaluate(dagger.run.path, quiet)
    assert folder != dagger.run.evaluation
    for file in ("episodes.csv", "summary.csv"):
        assert (folder / file).read_text() == (dagger.run.evaluation / file).read_text()


def test_another_checkpoint_seed_or_covered_cameras_change_them(
    dagger: Any, quiet: Console
) -> None:
    path = dagger.run.path
    named = evaluate(path, quiet, checkpoint="final")
    blind = evaluate(path, quiet, checkpoint="final", is_blind=True)
    other = evaluate(path, quiet, overrides=["evaluation.seed=1"])
    early = evaluate(path, quiet, checkpoint="round_000", overrides=ONE)
    assert {folder.name for folder in (named, blind, early)} == {
        "final_seed_0",
        "final_seed_0_blind",
        "round_000_seed_0",
    }
    assert other.name.endswith("_seed_1")
    assert [row["seed"] for row in rows(blind)] == [row["seed"] for row in rows(named)]
    assert {row["seed"] for row in rows(other)}.isdisjoint(row["seed"] for row in rows(named))
    assert len(rows(early)) == 1


def test_what_changes_how_episodes_go_has_results_of_its_own(dagger: Any, quiet: Console) -> None:
    own = evaluate(dagger.run.path, quiet, checkpoint="final")
    before, record = rows(own), RunRecord(dagger.run)
    shown = record.comparable_evaluations()
    change = "simulation.episode_steps=3"
    short = evaluate(dagger.run.path, quiet, checkpoint="final", overrides=[*ONE, change])
    assert short.name.startswith("final_seed_0_")
    assert rows(own) == before
    assert record.comparable_evaluations() == shown
    assert record.evaluations()[-1]["changes"] == change


def test_splits_that_are_not_measured_again_keep_their_episodes(
    dagger: Any, quiet: Console
) -> None:
    own = evaluate(dagger.run.path, quiet, checkpoint="final")
    held_out = [row for row in rows(own) if row["split"] == "held_out"]
    again = ["evaluation.splits=[train]", "evaluation.episodes=2"]
    assert evaluate(dagger.run.path, quiet, checkpoint="final", overrides=again) == own
    assert [row for row in rows(own) if row["split"] == "held_out"] == held_out
    assert sum(row["split"] == "train" for row in rows(own)) == 2
    evaluate(dagger.run.path, quiet, checkpoint="final")


def test_all_checkpoints_come_into_one_table_and_one_curve_in_tensorboard_too(
    dagger: Any, quiet: Console
) -> None:
    run = dagger.run
    folder = evaluate(run.path, quiet, checkpoint="all", overrides=[*ONE, "evaluation.seed=7"])
    assert folder == run.evaluation
    record = RunRecord(run)
    measured = [row for row in record.evaluations() if row["seed"] == "7"]
    assert [row["checkpoint"] for row in measured] == record.checkpoints()
    assert {(row["split"], row["episodes"]) for row in measured} == {("train", "1")}
    for row in measured:
        (episode,) = rows(folder / f"{row['checkpoint']}_seed_7")
        assert (episode["success"], row["successes"]) in (("False", "0"), ("True", "1"))
    events = EventAccumulator(str(run.tensorboard), size_guidance={"images": 0}).Reload()
    shown = events.Images("success")[-1]
    assert shown.encoded_image_string == run.success.read_bytes()


def test_without_a_simulation_there_is_nowhere_to_go(cloned: Any, quiet: Console) -> None:
    with pytest.raises(ConfigError, match=r"^simulation: is required"):
        evaluate(cloned.run.path, quiet)


def test_a_checkpoint_does_not_fit_another_backbone(dagger: Any, quiet: Console) -> None:
    with pytest.raises(RecordError, match="trained on backbone"):
        evaluate(dagger.run.path, quiet, overrides=["seed=4"])
