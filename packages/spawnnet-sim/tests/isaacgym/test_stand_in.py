"""What stands in for Isaac Gym has its signatures, and says so when a rule is broken."""

import ast
import importlib.metadata
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# What each breach of `broken_rules.py` is answered with.
ANSWERS = {
    "wrong_count": "TypeError: .*missing 1 required positional argument",
    "wrong_type": "TypeError: create_actor: incompatible argument 'here'",
    "name_of_a_positional_parameter": "TypeError: .*positional-only",
    "unknown_keyword": "TypeError: .*unexpected keyword argument 'colour'",
    "unknown_field": "AttributeError: AssetOptions has no field 'fixed'",
    "wrong_type_of_a_field": "TypeError: dt cannot be '1/60'",
    "engine_of_another_kind": "RuleBroken: create_sim: the engine is FLEX",
    "pipeline_without_gpu": "RuleBroken: create_sim: not on the GPU",
    "actor_after_prepare": "RuleBroken: create_actor: after prepare_sim",
    "camera_without_graphics": "RuleBroken: .*Sim->Graphics is nullptr",
    "prepared_twice": "RuleBroken: prepare_sim: after prepare_sim",
    "set_before_prepare": "RuleBroken: set_root: before prepare_sim",
    "acquired_before_prepare": "RuleBroken: acquire_dof: before prepare_sim",
    "read_before_refresh": "RuleBroken: root was read before it was refreshed",
    "view_read_before_refresh": "RuleBroken: root was read before it was refreshed",
    "read_after_the_next_step": "RuleBroken: root was read before it was refreshed",
    "refreshed_before_fetch": "RuleBroken: refresh: before fetch_results",
    "simulated_twice": "RuleBroken: simulate: before fetch_results",
    "graphics_before_fetch": "RuleBroken: step_graphics: before fetch_results",
    "drawn_before_graphics": "RuleBroken: render_all_camera_sensors: before step_graphics",
    "access_before_drawing": "RuleBroken: .*before images are drawn",
    "image_read_outside_access": "RuleBroken: an image was read outside of its access",
    "access_ended_without_start": "RuleBroken: .*without its start",
    "simulated_while_accessed": "RuleBroken: simulate: while images are accessed",
    "freed_tensor": "RuntimeError: the tensor was freed",
    "wrong_shape": "RuleBroken: root: 26 numbers, not 13",
    "wrong_dtype": "RuleBroken: root: not float32",
    "wrong_dtype_of_actors": "RuleBroken: root: actors are not int32",
    "wrong_device": "RuleBroken: root: on another device",
    "no_such_actor": "RuleBroken: root: no such actor",
    "wrong_count_of_actors": "RuleBroken: root: count of actors",
    "not_contiguous": "Exception: Input tensor must be contiguous",
    "unsupported_dtype": "Exception: Unsupported Gym tensor dtype",
    "used_after_destruction": "RuleBroken: the simulation was destroyed",
    "torch_before_isaacgym": "ImportError: PyTorch was imported before isaacgym modules",
}


@pytest.fixture(scope="module")
def answers(python: str, stand_in: Path) -> dict[str, str]:
    program = Path(__file__).with_name("broken_rules.py")
    environment = {**os.environ, "PYTHONPATH": str(stand_in), "OMP_NUM_THREADS": "1"}
    environment.pop("ISAACGYM_STAND_IN", None)
    done = subprocess.run(
        [python, str(program)], env=environment, capture_output=True, text=True, check=False
    )
    said: dict[str, str] = json.loads(done.stderr.splitlines()[-1])
    return said


def test_every_rule_is_broken_once(answers: dict[str, str]) -> None:
    assert set(answers) == set(ANSWERS)


@pytest.mark.parametrize("rule", ANSWERS)
def test_a_broken_rule_is_an_error(answers: dict[str, str], rule: str) -> None:
    with pytest.raises(Exception, match=ANSWERS[rule]):
        raise Exception(answers[rule])


@pytest.fixture(scope="module")
def stubs() -> dict[str, ast.ClassDef]:
    """The classes of `isaacgym-stubs`, of which one line is not Python."""
    files = importlib.metadata.files("isaacgym-stubs") or []
    (file,) = (each for each in files if each.name == "gymapi.pyi")
    text = file.read_text().replace("def lambda(", "def lambda_(").replace("mode: 0", "mode: int")
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def classes(stand_in: Path, module: str) -> dict[str, ast.ClassDef]:
    tree = ast.parse(Path(stand_in, "isaacgym", f"{module}.py").read_text("utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


def signature(function: ast.FunctionDef) -> list[tuple[str | None, bool]]:
    """Return each parameter's name, None where it is positional only, and whether it can lack."""
    own = function.args
    parameters = [*own.posonlyargs, *own.args][1:]
    names = [
        None if each in own.posonlyargs or each.arg.startswith("arg") else each.arg
        for each in parameters
    ]
    optional = len(parameters) - len(own.defaults)
    return [(name, number >= optional) for number, name in enumerate(names)]


def test_calls_have_the_library_s_signatures(
    stubs: dict[str, ast.ClassDef], stand_in: Path
) -> None:
    theirs, ours = methods(stubs["Gym"]), methods(classes(stand_in, "gymapi")["Gym"])
    assert len(ours) > 35
    for name, function in ours.items():
        if theirs[name].args.vararg is None:  # the others' are said in words only
            assert signature(function) == signature(theirs[name]), name


def test_structures_have_the_library_s_fields(
    stubs: dict[str, ast.ClassDef], stand_in: Path
) -> None:
    structures = classes(stand_in, "values")
    for name, node in structures.items():
        if name in ("Struct", "DofState"):
            continue
        known = {each.target.id for each in stubs[name].body if isinstance(each, ast.AnnAssign)}  # type: ignore[union-attr]
        (own,) = (
            (each for each in node.body if isinstance(each, ast.Assign))
            if any(isinstance(base, ast.Name) and base.id == "Struct" for base in node.bases)
            else (None,)
        )
        if own is None:  # an enumeration
            names = {each.targets[0].id for each in node.body if isinstance(each, ast.Assign)}  # type: ignore[attr-defined]
        else:
            assert isinstance(own.value, ast.Dict)
            names = {ast.literal_eval(key) for key in own.value.keys if key is not None}
        assert names <= known, name


def test_the_worker_makes_no_other_calls(stand_in: Path) -> None:
    import spawnnet_sim.isaacgym

    folder = Path(spawnnet_sim.isaacgym.__file__).parent / "worker"
    offered = methods(classes(stand_in, "gymapi")["Gym"])
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = ast.unparse(node.func.value)
                if owner in ("gym", "self._gym", "self.gym"):
                    assert node.func.attr in offered, f"{file.name}: {node.func.attr}"


def test_quirks_are_seen_only_by_the_worker(stands_in: Callable[..., Any]) -> None:
    before = os.environ.get("ISAACGYM_STAND_IN")
    with stands_in(handles="running"):
        assert json.loads(os.environ["ISAACGYM_STAND_IN"]) == {"handles": "running"}
    assert os.environ.get("ISAACGYM_STAND_IN") == before
