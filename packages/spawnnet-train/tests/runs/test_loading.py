from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from spawnnet_encoders import list_encoders
from spawnnet_policies import list_policies
from spawnnet_sim import check_environment
from spawnnet_sim.factory import cabinet_set
from spawnnet_train.algorithms.registry import list_algorithms
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.yaml_file import parse_yaml
from spawnnet_train.runs.loading import dump_yaml, json_schema, load_config, validate

MINIMAL: dict[str, Any] = {
    "experiment": "x",
    "algorithm": {"name": "dagger"},
    "encoder": {"name": "spawnnet"},
    "policy": {"name": "mlp"},
}
CLONING = (
    "algorithm={name: bc, demonstrations: {train: {path: a}, keys: "
    "{views: {front: {rgb: a}}, proprioception: [b], actions: [c]}}}"
)


def problems(*overrides: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        validate(apply_overrides(MINIMAL, overrides))
    return error.value.problems


def test_everything_but_the_choices_has_a_default() -> None:
    config = validate(MINIMAL)
    assert config.encoder.name == "spawnnet"
    assert config.algorithm.mixing.schedule == "original"  # type: ignore[attr-defined]
    assert config.simulation is None


def test_values_arrive_with_their_types() -> None:
    overrides = ["train.optimizer.lr=1", "encoder.backbone.layers=[1, 2]", "simulation={}"]
    config = validate(apply_overrides(MINIMAL, overrides))
    assert type(config.train.optimizer.lr) is float
    encoder: Any = config.encoder
    assert encoder.backbone.layers == (1, 2)
    assert config.simulation is not None


def test_the_cabinets_of_all_splits_follow_the_task_where_they_are_not_said() -> None:
    overrides = ["simulation={cabinets: {count: 3}}", "simulation.task=open_door"]
    simulation = validate(apply_overrides(MINIMAL, overrides)).simulation
    assert simulation is not None
    splits = simulation.splits()
    for environment in splits.values():
        check_environment(environment)
    sets = {name: cabinet_set(environment) for name, environment in splits.items()}
    assert sets == {
        "train": "door-train-v1",
        "new": "door-train-v1",
        "held_out": "door-held-out-v1",
    }
    assert splits["new"].cabinets.first == 3
    assert splits["new"].cabinets.count == splits["held_out"].cabinets.count


@pytest.mark.parametrize(("task", "counts"), [("drawer", (21, 12, 12)), ("door", (21, 8, 8))])
def test_sets_and_counts_follow_the_task_where_no_cabinets_are_said(
    task: str, counts: tuple[int, ...]
) -> None:
    overrides = ["simulation={}", f"simulation.task=open_{task}"]
    simulation = validate(apply_overrides(MINIMAL, overrides)).simulation
    assert simulation is not None
    splits = simulation.splits()
    assert tuple(splits[name].cabinets.count for name in ("train", "new", "held_out")) == counts
    assert cabinet_set(splits["train"]) == f"{task}-train-v1"
    assert cabinet_set(splits["held_out"]) == f"{task}-held-out-v1"
    said = apply_overrides(MINIMAL, [*overrides, "simulation.held_out.first=2"])
    again = validate(said).simulation
    assert again is not None
    assert (again.cabinets.count, again.held_out.count) == (21, 8)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("sed=1", "sed: unknown key, did you mean 'seed'?"),
        ("algorithm.rouns=1", "algorithm.rouns: unknown key, did you mean 'rounds'?"),
        ("encoder.widht=8", "encoder.widht: unknown key, did you mean 'width'?"),
        (
            "train.optimizer.zzz=1",
            "train.optimizer.zzz: unknown key, known are lr, name, weight_decay.",
        ),
        ("train.early_stop={zzz: 1}", "train.early_stop.zzz: unknown key, known are patience."),
        (
            "encoder.backbone.layer=[1]",
            "encoder.backbone.layer: unknown key, did you mean 'layers'?",
        ),
        ("encoder.name=spwnnet", "encoder.name: unknown name 'spwnnet', did you mean 'spawnnet'?"),
        ("algorithm.name=dager", "algorithm.name: unknown name 'dager', did you mean 'dagger'?"),
        ("seed=1.5", "seed: expected a whole number, got 1.5."),
        ("seed=true", "seed: expected a whole number, got True."),
        ("seed=-1", "seed: should be greater than or equal to 0, got -1."),
        ("train.optimizer.lr='1e-4'", "train.optimizer.lr: expected a number, got '1e-4'."),
        ("student.proprioception=on", "student.proprioception: expected true or false, got 'on'."),
        ("train.clip_grad_norm=0", "train.clip_grad_norm: should be greater than 0, got 0."),
        ("train=3", "train: expected a mapping, got 3."),
        ("policy=null", "policy: expected a mapping, got None."),
        ("encoder.backbone.layers=5", "encoder.backbone.layers: expected a list, got 5."),
        (
            "encoder.backbone.layers=[1,x]",
            "encoder.backbone.layers[1]: expected a whole number, got 'x'.",
        ),
        ("encoder.width=0", "encoder.width: must be at least 1, got 0."),
        (
            "train.optimizer.name=sgd",
            "train.optimizer.name: expected 'adam' or 'adamw', got 'sgd'.",
        ),
        (
            "student={action_horizon: 2, execution_horizon: 3}",
            "student.execution_horizon: must be at most `action_horizon`, got 3 and 2.",
        ),
        ("student.stack_idx=[1, 0]", "student.stack_idx: must be ascending, got [1, 0]."),
        ("experiment=a/b", "experiment: string should match pattern '^\\w[\\w.-]*$', got 'a/b'."),
    ],
)
def test_a_problem_is_one_sentence_with_its_path(override: str, problem: str) -> None:
    assert problems(override) == (problem,)


def test_a_setting_of_the_simulation_has_its_path(
    simulation: Callable[..., dict[str, Any]],
) -> None:
    with pytest.raises(ConfigError) as error:
        validate({**MINIMAL, "simulation": simulation(episode_steps=0)})
    assert error.value.problems == ("simulation.episode_steps: must be at least 1, got 0.",)


@pytest.mark.parametrize(
    ("algorithm", "key"), [("dagger", "epochs"), ("bc", "rounds"), ("bc", "mixing")]
)
def test_keys_of_the_other_algorithm_are_unknown(algorithm: str, key: str) -> None:
    overrides = [CLONING] if algorithm == "bc" else []
    (problem,) = problems(*overrides, f"algorithm.{key}=1")
    assert problem.startswith(f"algorithm.{key}: unknown key, ")


def test_a_missing_choice_lists_what_there_is() -> None:
    (problem,) = problems("encoder={width: 3}")
    assert problem == f"encoder.name: is required, one of {', '.join(sorted(list_encoders()))}."


def test_a_missing_section_is_named() -> None:
    settings = {key: value for key, value in MINIMAL.items() if key != "policy"}
    with pytest.raises(ConfigError) as error:
        validate(settings)
    assert error.value.problems == ("policy: is required.",)


def test_all_problems_are_reported_at_once() -> None:
    assert len(problems("sed=1", "train.batch_size=x", "encoder.width=0")) == 3


@pytest.mark.parametrize("name", list_encoders())
def test_the_resolved_yaml_gives_the_same_configuration(name: str) -> None:
    changes = [f"encoder={{name: {name}}}", "threads=2", "simulation={}"]
    config = validate(apply_overrides(MINIMAL, changes))
    text = dump_yaml(config)
    assert validate(parse_yaml(text, "dump")) == config
    assert yaml.safe_load(text)["encoder"]["name"] == name
    assert next(iter(yaml.safe_load(text)["encoder"])) == "name"


def test_the_resolved_yaml_of_a_run_gives_the_same_configuration(finished: Any) -> None:
    text = dump_yaml(load_config(finished.file))
    assert dump_yaml(validate(parse_yaml(text, "dump"))) == text


def test_the_schema_knows_every_choice_and_describes_settings() -> None:
    schema = json_schema()
    sections = schema["properties"]
    for section, names in (
        ("algorithm", list_algorithms()),
        ("encoder", list_encoders()),
        ("policy", list_policies()),
    ):
        assert set(sections[section]["discriminator"]["mapping"]) == set(names)
    dagger = schema["$defs"]["DaggerConfig"]
    assert dagger["additionalProperties"] is False
    assert dagger["properties"]["rounds"]["description"].startswith("Rounds of student rollouts")


def test_an_experiment_is_named_as_its_file_unless_it_says_otherwise(
    cloned: Any, tmp_path: Path, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> None:
    settings = {"extends": str(cloned.file), "seed": 5}
    config = load_config(write_config(tmp_path / "other.yaml", settings), ["seed=6"])
    assert (config.experiment, config.seed) == ("other", 6)
    named = write_config(tmp_path / "other.yaml", {**settings, "experiment": "mine"})
    assert load_config(named).experiment == "mine"


HEADS = '''
from dataclasses import dataclass

from torch import Tensor, nn

from spawnnet_policies import Policy, PolicySpec, register_policy


@dataclass(frozen=True)
class LinearConfig:
    """One layer."""

    bias: bool = True


@register_policy("linear", LinearConfig)
class Linear(Policy):
    def __init__(self, config: LinearConfig, spec: PolicySpec) -> None:
        super().__init__(spec)
'''


def test_a_plugin_is_named_in_the_file_that_imports_it_and_is_in_the_schema(
    cloned: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    write_config: Callable[[Path, Mapping[str, Any]], Path],
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_heads.py").write_text(HEADS)
    settings = {"extends": str(cloned.file), "policy": {"name": "linear", "bias": False}}
    without = write_config(tmp_path / "without.yaml", settings)
    with pytest.raises(ConfigError, match=r"^policy\.name: unknown name 'linear'"):
        load_config(without)
    file = write_config(tmp_path / "with.yaml", {"imports": ["my_heads"], **settings})
    config = load_config(file)
    assert (config.imports, config.policy.name) == (("my_heads",), "linear")
    assert config.policy.bias is False  # type: ignore[attr-defined]
    text = dump_yaml(config)
    assert dump_yaml(validate(parse_yaml(text, "dump"))) == text
    mapping = json_schema(["my_heads"])["properties"]["policy"]
    assert "linear" in mapping["discriminator"]["mapping"]
    with pytest.raises(ConfigError, match=r"^policy\.bas: unknown key, did you mean 'bias'\?"):
        load_config(file, ["policy.bas=true"])


def test_a_plugin_that_is_not_there_is_one_sentence(cloned: Any) -> None:
    with pytest.raises(ConfigError, match=r"^imports\[0\]: there is no module 'my_haeds'"):
        load_config(cloned.file, ["imports=[my_haeds]"])
    with pytest.raises(ConfigError, match=r"^imports\[0\]: there is no module 'my_haeds'"):
        json_schema(["my_haeds"])
