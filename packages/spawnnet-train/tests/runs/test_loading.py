from typing import Any

import pytest
import yaml

from spawnnet_encoders import list_encoders
from spawnnet_policies import list_policies
from spawnnet_train.config.errors import ConfigError, below
from spawnnet_train.config.overrides import apply_overrides
from spawnnet_train.config.yaml_file import parse_yaml
from spawnnet_train.runs.validation import dump_yaml, json_schema, validate

MINIMAL = {"experiment": "x", "encoder": {"name": "spawnnet"}, "policy": {"name": "mlp"}}


def problems(*overrides: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as error:
        validate(apply_overrides(MINIMAL, overrides))
    return error.value.problems


def test_everything_but_the_choices_has_a_default() -> None:
    config = validate(MINIMAL)
    assert config.encoder.name == "spawnnet"
    assert config.train.mixing.schedule == "original"


def test_values_arrive_with_their_types() -> None:
    config = validate(
        apply_overrides(
            MINIMAL,
            ["train.optimizer.lr=1", "encoder.backbone.layers=[1, 2]", "simulation.num_cabinets=3"],
        )
    )
    assert type(config.train.optimizer.lr) is float
    encoder: Any = config.encoder
    assert encoder.backbone.layers == (1, 2)
    assert config.simulation.num_cabinets == 3


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("sed=1", "sed: unknown key, did you mean 'seed'?"),
        ("train.rouns=1", "train.rouns: unknown key, did you mean 'rounds'?"),
        ("encoder.widht=8", "encoder.widht: unknown key, did you mean 'width'?"),
        (
            "train.optimizer.zzz=1",
            "train.optimizer.zzz: unknown key, known are lr, name, weight_decay.",
        ),
        (
            "encoder.backbone.layer=[1]",
            "encoder.backbone.layer: unknown key, did you mean 'layers'?",
        ),
        ("encoder.name=spwnnet", "encoder.name: unknown name 'spwnnet', did you mean 'spawnnet'?"),
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
        ("simulation.num_cabinets=0", "simulation.num_cabinets: must be at least 1, got 0."),
        (
            "train.optimizer.name=sgd",
            "train.optimizer.name: expected 'adam' or 'adamw', got 'sgd'.",
        ),
        (
            "student={action_horizon: 2, execution_horizon: 3}",
            "student.execution_horizon: must be at most `action_horizon`, got 3 and 2.",
        ),
        ("experiment=a/b", "experiment: string should match pattern '^[\\w.-]+$', got 'a/b'."),
    ],
)
def test_a_problem_is_one_sentence_with_its_path(override: str, problem: str) -> None:
    assert problems(override) == (problem,)


def test_a_missing_choice_lists_what_there_is() -> None:
    (problem,) = problems("encoder={width: 3}")
    assert problem == f"encoder.name: is required, one of {', '.join(sorted(list_encoders()))}."


def test_a_missing_section_is_named() -> None:
    with pytest.raises(ConfigError) as error:
        validate({"encoder": {"name": "spawnnet"}, "policy": {"name": "mlp"}})
    assert error.value.problems == ("experiment: is required.",)


def test_all_problems_are_reported_at_once() -> None:
    assert len(problems("sed=1", "train.rounds=x", "encoder.width=0")) == 3


@pytest.mark.parametrize("name", list_encoders())
def test_the_resolved_yaml_gives_the_same_configuration(name: str) -> None:
    config = validate(apply_overrides(MINIMAL, [f"encoder={{name: {name}}}", "threads=2"]))
    text = dump_yaml(config)
    assert validate(parse_yaml(text, "dump")) == config
    assert yaml.safe_load(text)["encoder"]["name"] == name
    assert next(iter(yaml.safe_load(text)["encoder"])) == "name"


def test_the_schema_knows_every_encoder_and_policy_and_describes_settings() -> None:
    schema = json_schema()
    sections = schema["$defs"]["RunConfig"]["properties"]
    assert set(sections["encoder"]["discriminator"]["mapping"]) == set(list_encoders())
    assert set(sections["policy"]["discriminator"]["mapping"]) == set(list_policies())
    dagger = schema["$defs"]["DaggerConfig"]
    assert dagger["additionalProperties"] is False
    assert dagger["properties"]["rounds"]["description"].startswith("Rounds of student rollouts")


@pytest.mark.parametrize(
    ("message", "joined"),
    [
        ("width: must be 1.", "encoder.width: must be 1."),
        ("backbone.layers[2]: no.", "encoder.backbone.layers[2]: no."),
        ("`width` must be 1.", "encoder.width: must be 1."),
        ("Something else.", "encoder: Something else."),
    ],
)
def test_a_message_of_a_library_gets_the_path_of_its_section(message: str, joined: str) -> None:
    assert below("encoder", message) == joined
