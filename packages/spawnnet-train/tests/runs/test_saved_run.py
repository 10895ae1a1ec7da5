from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from spawnnet_record import RecordError
from spawnnet_train.runs.saved_run import open_saved_run


def test_the_student_has_the_weights_and_statistics_of_the_checkpoint(finished: Any) -> None:
    for checkpoint in (None, "final"):
        saved = open_saved_run(finished.run.path, checkpoint)
        name = checkpoint or "best"
        assert saved.checkpoint == name
        assert not saved.student.training
        weights = load_file(finished.run.checkpoints / f"{name}.safetensors")
        state = saved.student.trainable_state()
        assert weights.keys() == state.keys()
        assert all((state[key] == weight).all() for key, weight in weights.items())
        assert state["proprioception.offset"].any()
        assert saved.spec.proprioception is not None


def test_settings_can_be_changed(finished: Any) -> None:
    saved = open_saved_run(finished.run.path, None, ["evaluation.episodes=7"])
    assert saved.config.evaluation.episodes == 7


def test_another_backbone_is_refused(finished: Any) -> None:
    with pytest.raises(RecordError, match="trained on backbone"):
        open_saved_run(finished.run.path, None, ["seed=4"])


def test_a_missing_run_or_checkpoint_is_one_sentence(finished: Any, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no run directory"):
        open_saved_run(tmp_path)
    with pytest.raises(RecordError, match=r"'fnal' is no name of one, there are best, final"):
        open_saved_run(finished.run.path, "fnal")
