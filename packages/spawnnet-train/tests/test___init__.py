import importlib
import subprocess
import sys

import pytest

import spawnnet_train


def test_all_names_what_is_public() -> None:
    assert spawnnet_train.__all__ == [
        "__version__",
        "evaluate",
        "export_policy",
        "from_pretrained",
        "load_config",
        "load_policy",
        "push_to_hub",
        "resume",
        "run",
    ]
    assert dir(spawnnet_train) == spawnnet_train.__all__


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("evaluate", "runs.reevaluation"),
        ("export_policy", "use.export"),
        ("from_pretrained", "use.hub"),
        ("load_config", "runs.loading"),
        ("load_policy", "use.robot_policy"),
        ("push_to_hub", "use.hub"),
        ("resume", "runs.launch"),
        ("run", "runs.launch"),
    ],
)
def test_a_public_name_is_what_its_module_defines(name: str, module: str) -> None:
    defined = getattr(importlib.import_module(f"spawnnet_train.{module}"), name)
    assert getattr(spawnnet_train, name) is defined
    assert callable(defined)
    assert defined.__doc__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'train'"):
        _ = spawnnet_train.train


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["data", "--help"]])
def test_the_help_does_not_wait_for_torch(arguments: list[str]) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from spawnnet_train.cli import app;"
        "result = CliRunner().invoke(app, sys.argv[1:]); assert result.exit_code == 0;"
        "assert 'Usage' in result.stdout; sys.exit('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, *arguments]
    assert subprocess.run(command, check=False).returncode == 0
