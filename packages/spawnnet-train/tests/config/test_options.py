import json

import pytest

from spawnnet_config.options import Option, Options
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.structure import SCHEMA

OPTIONS = Options(json.loads(SCHEMA.read_text("utf-8")))


def of(section: str) -> dict[str, Option]:
    return {option.path: option for option in OPTIONS.below(OPTIONS.section(section))}


def test_an_option_has_type_default_and_meaning() -> None:
    width = of("spawnnet")["width"]
    assert width == ("width", "whole number", "64", "Channels of the learned stream.")
    assert of("train")["optimizer.lr"].type == "number above 0"
    assert of("train")["clip_grad_norm"].type == "number above 0 or null"
    assert of("spawnnet")["backbone.layers"].type == "list of whole number or null"
    assert of("impala")["depth"].type == "true or false or auto"


def test_sections_have_no_default_but_their_options_do() -> None:
    learning = of("train")
    assert (learning["optimizer"].type, learning["optimizer"].default) == ("section", "")
    assert learning["optimizer.name"].default == "adam"
    assert learning["augmentation"].default == "null"


def test_names_of_the_user_are_marked() -> None:
    assert of("bc")["demonstrations.keys.views.NAME.rgb"].default == "required"


def test_what_can_be_chosen_is_listed() -> None:
    choices = OPTIONS.choices()
    assert set(choices) == {"algorithm", "encoder", "policy", "simulation.engine"}
    assert {"bc", "dagger"} <= choices["algorithm"].keys()
    assert "renderer" in of("mujoco")


def test_another_section_is_an_error() -> None:
    with pytest.raises(ConfigError, match="spawnet: there is no such option, did you mean 'spawn"):
        OPTIONS.section("spawnet")
