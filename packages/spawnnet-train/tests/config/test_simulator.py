import subprocess
import sys
from pathlib import Path

import pytest

import spawnnet_sim
from spawnnet_train.config import simulator
from spawnnet_train.config.errors import ConfigError, SettingError

WITHOUT = """
import importlib.util
import sys

find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: (
    None if name == "spawnnet_sim" else find_spec(name, *more)
)
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.catalog import catalog
from spawnnet_train.runs.loading import json_schema, load_config

config = load_config(sys.argv[1])
assert config.simulation is None and config.evaluation.randomization is None
assert json_schema()["properties"]["encoder"]
for ask in (lambda: load_config(sys.argv[2]), lambda: catalog("tasks")):
    try:
        ask()
    except ConfigError as error:
        print(error)
assert "spawnnet_sim" not in sys.modules
"""


def test_cloning_needs_no_simulator_and_what_does_says_so(
    tmp_path: Path, cloned: object, dagger: object
) -> None:
    (tmp_path / "without.py").write_text(WITHOUT)
    files = [small.file for small in (cloned, dagger)]  # type: ignore[attr-defined]
    command = [sys.executable, "-I", tmp_path / "without.py", *files]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    needs = "needs the simulator, pip install 'spawnnet-train[sim]'."
    assert said.splitlines() == [f"simulation: {needs}", f"this {needs}"]


def test_names_are_those_of_the_simulator() -> None:
    assert simulator.QUANTITIES is spawnnet_sim.QUANTITIES
    assert simulator.draw_grid is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        simulator.nothing  # noqa: B018


def test_a_stand_in_complains_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "IS_INSTALLED", False)
    with pytest.raises(ConfigError, match="this needs the simulator"):
        simulator.list_tasks()
    with pytest.raises(SettingError, match=r"^student: needs the simulator"):
        simulator.require_simulator("student")
    simulator.check_simulator({"algorithm": {"name": "bc"}})
    with pytest.raises(SettingError, match=r"^simulation: needs the simulator"):
        simulator.check_simulator({"algorithm": {"name": "dagger"}})
