import io
from typing import Any

from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_train.runs.overview import count_parameters, describe, random_weights_notice
from spawnnet_train.runs.saved_run import open_saved_run


def test_the_header_says_what_is_trained_and_on_what(finished: Any) -> None:
    saved = open_saved_run(finished.run.path)
    facts = describe(saved.config, saved.spec, saved.student)
    assert facts["views"].endswith("; 32 x 48 RGB-D")
    assert facts["encoder"] == "spawnnet over test_vit"
    assert facts["policy"] == "mlp, 3 steps at once"
    assert facts["seed"] == "3"
    in_simulation = finished.file.stem == "tiny"
    assert ("task" in facts) == ("renderer" in facts) == in_simulation
    if in_simulation:
        assert facts["task"].startswith("open_drawer, 2 cabinets")


def test_frozen_parameters_are_counted_apart(make_student: Any) -> None:
    student = make_student()
    trained, frozen = count_parameters(student)
    assert frozen == sum(p.numel() for p in student.encoder.backbone.parameters())
    assert trained + frozen == sum(p.numel() for p in student.parameters())
    assert count_parameters(make_student("impala"))[1] == 0


def test_random_weights_are_not_passed_over(make_student: Any) -> None:
    shown = []
    for name in ("spawnnet", "impala"):
        text = io.StringIO()
        random_weights_notice(make_student(name), Console(RichConsole(file=text, width=60)))
        shown.append(text.getvalue())
    assert "The frozen backbone test_vit has random weights" in shown[0]
    assert shown[1] == ""
