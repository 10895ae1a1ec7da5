"""Prefixes in every combination, several networks in one file, what is not needed, NaN."""

import itertools
import logging
import re
from typing import Any

import pytest
import timm
import torch
from torch import Tensor

from spawnnet_encoders import ConfigurationError
from spawnnet_encoders.backbone.checkpoint_names import check_values, choose_network, without_heads

State = dict[str, Tensor]
PARTS = ("module", "_orig_mod", "model", "backbone", "encoder", "something_else", "teacher")


@pytest.fixture(scope="module")
def states() -> dict[str, State]:
    """Return random weights of three small networks, without classifier."""
    models = ("test_vit", "test_resnet", "test_efficientnet")
    return {model: timm.create_model(model, num_classes=0).state_dict() for model in models}


def under(prefix: str, state: State) -> State:
    return {prefix + key: value for key, value in state.items()}


def assert_same(found: State, expected: State) -> None:
    assert set(found) == set(expected)
    assert all(torch.equal(found[key], value) for key, value in expected.items())


@pytest.mark.parametrize("model", ["test_vit", "test_resnet", "test_efficientnet"])
def test_prefixes_in_every_combination_are_taken_off(states: dict[str, State], model: str) -> None:
    state = states[model]
    for count in range(4):
        for parts in itertools.permutations(PARTS, count):
            prefix = "".join(f"{part}." for part in parts)
            file = {**under(prefix, state), f"{prefix}head.weight": torch.ones(7, 2)}
            file[f"{prefix}decoder_blocks.0.norm1.weight"] = torch.ones(5)
            file["optimizer.state.0.exp_avg"] = torch.ones(3)
            found = without_heads(choose_network(file, state), state, None)
            assert_same(found, state)


@pytest.mark.parametrize(
    "wrapper", ["_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module"]
)
def test_wrapped_blocks_are_known(states: dict[str, State], wrapper: str) -> None:
    state = states["test_vit"]
    file = under(f"teacher.{wrapper}.", state)
    file = {re.sub(r"(blocks[.][0-9]+)", rf"\1.{wrapper}", key): file[key] for key in file}
    assert f"teacher.{wrapper}.blocks.2.{wrapper}.norm1.weight" in file
    assert_same(choose_network(file, state), state)
    assert_same(choose_network(file, state, f"teacher.{wrapper}"), state)


@pytest.mark.parametrize(
    ("entries", "taken"),
    [
        (("student", "teacher"), "teacher"),
        (("state_dict", "state_dict_ema"), "state_dict_ema"),
        (("model", "model_ema"), "model_ema"),
        (("model.encoder_k", "model.encoder_q"), "model.encoder_q"),
        (("base_encoder", "momentum_encoder"), "base_encoder"),
        (("student.module.backbone", "teacher.module.backbone"), "teacher.module.backbone"),
    ],
)
def test_one_of_several_networks_is_taken_and_said(
    states: dict[str, State], caplog: Any, entries: tuple[str, str], taken: str
) -> None:
    state = states["test_vit"]
    file = {}
    for number, entry in enumerate(entries):
        file |= under(f"{entry}.", {key: value + number for key, value in state.items()})
    with caplog.at_level(logging.WARNING):
        found = choose_network(file, state)
    assert_same(found, {key: file[f"{taken}.{key}"] for key in state})
    assert f"`{taken}` is taken, `backbone.weights_key` chooses another" in caplog.text
    (other,) = {*entries} - {taken}
    assert_same(choose_network(file, state, other), {key: file[f"{other}.{key}"] for key in state})


def test_a_choice_that_is_not_there_is_named(states: dict[str, State]) -> None:
    file = under("teacher.", states["test_vit"])
    with pytest.raises(ConfigurationError, match=r"weights_key: .* no network `ema` .* teacher"):
        choose_network(file, states["test_vit"], "ema")


def test_a_teacher_of_another_architecture_is_not_taken(states: dict[str, State]) -> None:
    wide = {key: torch.ones(*value.shape, 2) for key, value in states["test_vit"].items()}
    file = under("teacher.", wide) | under("student.", states["test_vit"])
    assert_same(choose_network(file, states["test_vit"]), states["test_vit"])


def test_what_changes_features_is_never_left_out(states: dict[str, State]) -> None:
    state = {**states["test_vit"], "norm_pre.weight": torch.ones(3), "reg_token": torch.ones(1)}
    left = without_heads(state, states["test_vit"], "head")
    assert {"norm_pre.weight", "reg_token"} <= set(left)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(states: dict[str, State], bad: float) -> None:
    state = {key: value.clone() for key, value in states["test_vit"].items()}
    state["norm.bias"][2] = bad
    with pytest.raises(ConfigurationError, match=r"norm.bias has 1 values that are NaN"):
        check_values(state, states["test_vit"])


def test_quantised_and_repeated_weights_are_refused(states: dict[str, State]) -> None:
    expected = states["test_vit"]
    with pytest.raises(ConfigurationError, match=r"norm.bias is of torch.int8"):
        check_values({"norm.bias": torch.ones(64, dtype=torch.int8)}, expected)
    with pytest.raises(ConfigurationError, match=r"norm.bias repeats 4 bytes"):
        check_values({"norm.bias": torch.ones(1).expand(10**12)}, expected)


def test_weights_without_values_are_refused(states: dict[str, State]) -> None:
    state = states["test_vit"]
    with pytest.raises(ConfigurationError, match=r"norm\.bias has a shape and no values"):
        check_values({**state, "norm.bias": state["norm.bias"].to("meta")}, state)
