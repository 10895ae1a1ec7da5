import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spawnnet_sim import IsaacGymConfig
from spawnnet_sim.cli import app
from spawnnet_sim.tools.isaacgym_doctor import diagnose_isaacgym, parse_device


def test_what_is_missing_has_its_cure(tmp_path: Path) -> None:
    config = IsaacGymConfig(python="/no/python", assets=str(tmp_path))
    findings = {each.part: each for each in diagnose_isaacgym(config, tmp_path / "model_7.pt")}
    assert not any(finding.works for finding in findings.values())
    assert "lacks the robot" in findings["assets"].remark
    assert "no " + str(tmp_path / "CP_7.pt") in findings["expert"].remark
    assert findings["Python"].remark == "there is no file '/no/python'."


def test_a_python_without_the_library_is_told_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "")
    config = IsaacGymConfig(python=sys.executable)
    findings = {each.part: each for each in diagnose_isaacgym(config)}
    assert "make such an environment" in findings["Python"].remark
    assert findings["isaacgym"].remark.startswith("download Preview 4")
    assert {"libpython", "compiler: c++", "devices: CUDA", "devices: graphics"} <= set(findings)
    assert "cannot import isaacgym" in findings["imports"].remark
    assert "two cabinets" not in findings


def test_devices_are_numbers_or_uuids() -> None:
    assert parse_device("1") == 1
    assert parse_device("GPU-1") == "GPU-1"


def test_the_command_says_that_the_library_was_not_run() -> None:
    done = CliRunner().invoke(app, ["doctor", "--engine", "isaacgym", "--python", "/no/python"])
    assert done.exit_code == 0
    assert "have not run Isaac Gym itself" in " ".join(done.output.split())
    wrong = CliRunner().invoke(app, ["doctor", "--engine", "isaac"])
    assert wrong.exit_code == 2
    assert "Did you mean 'isaacgym'?" in " ".join(wrong.output.split())


@pytest.mark.skipif(
    "SPAWNNET_PYTHON38" not in os.environ, reason="starts two workers: `nox -s isaacgym`"
)
def test_two_cabinets_are_stepped_and_looked_at(
    engine: IsaacGymConfig, stands_in: Callable[..., Any]
) -> None:
    with stands_in(handles="running", depth="ray"):
        findings = {each.part: each for each in diagnose_isaacgym(engine)}
    assert findings["Python"].works
    assert findings["imports"].works
    assert findings["two cabinets"].works
    assert "counted as 'running', depth along the ray" in findings["two cabinets"].remark
