import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from spawnnet_record import RecordError
from spawnnet_train.learning.checkpoint import load_checkpoint, save_checkpoint
from spawnnet_train.student.student import Student


def shaken(student: Student, seed: int) -> Student:
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in student.trainable_parameters():
            parameter += torch.randn_like(parameter)
    return student


def test_a_checkpoint_gives_back_weights_and_facts(
    make_student: Callable[..., Student], tmp_path: Path
) -> None:
    student = shaken(make_student(), seed=1)
    save_checkpoint(tmp_path / "round_002", student, {"updates": 30})
    other = make_student()
    facts = load_checkpoint(tmp_path / "round_002", other)
    assert facts["updates"] == 30
    for name, tensor in student.trainable_state().items():
        assert torch.equal(tensor, other.trainable_state()[name]), name


def test_the_backbone_is_left_out_but_named(
    make_student: Callable[..., Student], tmp_path: Path
) -> None:
    student = make_student()
    save_checkpoint(tmp_path / "final", student, {})
    assert not any("backbone" in name for name in load_file(tmp_path / "final.safetensors"))
    backbone = json.loads((tmp_path / "final.json").read_text())["backbone"]
    assert backbone == student.encoder.backbone_fingerprint()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["final.json", "final.safetensors"]


def test_another_backbone_is_refused(make_student: Callable[..., Student], tmp_path: Path) -> None:
    student = make_student()
    save_checkpoint(tmp_path / "final", student, {})
    other = make_student()
    with torch.no_grad():
        next(other.encoder.backbone.parameters()).add_(1)
    assert other.encoder.backbone_fingerprint() != student.encoder.backbone_fingerprint()
    with pytest.raises(RecordError, match=r"final\.json: trained on backbone"):
        load_checkpoint(tmp_path / "final", other)


def test_a_missing_checkpoint_lists_those_there_are(
    make_student: Callable[..., Student], tmp_path: Path
) -> None:
    student = make_student("impala")
    for name in ("round_000", "final"):
        save_checkpoint(tmp_path / name, student, {})
    with pytest.raises(RecordError) as error:
        load_checkpoint(tmp_path / "fnal", student)
    expected = f"{tmp_path / 'fnal.json'}: does not exist, found: final, round_000."
    assert str(error.value) == expected


@pytest.mark.parametrize("content", [b"", b"\x10" * 100])
def test_damaged_weights_are_one_sentence(
    make_student: Callable[..., Student], tmp_path: Path, content: bytes
) -> None:
    student = make_student("impala")
    save_checkpoint(tmp_path / "final", student, {})
    (tmp_path / "final.safetensors").write_bytes(content)
    with pytest.raises(RecordError, match=r"final\.safetensors: cannot be loaded"):
        load_checkpoint(tmp_path / "final", student)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("[1]", ": is damaged, "), ("{", ": is damaged, "), ('{"format": 7}', "got 7.")],
)
def test_damaged_facts_are_one_sentence(
    make_student: Callable[..., Student], tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "final.json").write_text(text)
    with pytest.raises(RecordError) as error:
        load_checkpoint(tmp_path / "final", make_student("impala"))
    assert problem in str(error.value)


def test_weights_of_another_shape_are_refused(
    make_student: Callable[..., Student], tmp_path: Path
) -> None:
    save_checkpoint(tmp_path / "final", make_student("impala", num_frames=2), {})
    with pytest.raises(RecordError, match=r"final\.safetensors: cannot be loaded"):
        load_checkpoint(tmp_path / "final", make_student("impala", num_frames=1))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda t: t.fill_(float("nan")), "has values that are NaN or infinite"),
        (lambda t: t.double(), "is torch.float64"),
        (lambda t: t[..., :1].contiguous(), "instead of torch.float32"),
    ],
)
def test_a_weight_that_is_wrong_is_named_and_nothing_is_loaded(
    make_student: Callable[..., Student],
    tmp_path: Path,
    change: Callable[[torch.Tensor], torch.Tensor],
    problem: str,
) -> None:
    save_checkpoint(tmp_path / "final", shaken(make_student("impala"), seed=1), {})
    state = load_file(tmp_path / "final.safetensors")
    name = max(state, key=lambda key: state[key].dim())
    save_file(state | {name: change(state[name])}, tmp_path / "final.safetensors")
    student = make_student("impala")
    before = {key: value.clone() for key, value in student.trainable_state().items()}
    with pytest.raises(
        RecordError, match=rf"final\.safetensors: cannot be loaded, {name} .*{problem}"
    ):
        load_checkpoint(tmp_path / "final", student)
    assert all(torch.equal(value, before[key]) for key, value in student.trainable_state().items())
