from typing import Any

import pytest

from spawnnet_train.config.overrides import apply_overrides


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("smooth", {"name": "smooth"}),
        ("/experts/model_16400.pt", {"name": "original", "checkpoint": "/experts/model_16400.pt"}),
        ("model_16400.pt", {"name": "original", "checkpoint": "model_16400.pt"}),
        ("runs/expert", {"name": "learned", "checkpoint": "runs/expert"}),
        ("a.safetensors", {"name": "learned", "checkpoint": "a.safetensors"}),
    ],
)
def test_an_expert_may_be_a_name_or_a_file(text: str, section: dict[str, str]) -> None:
    settings = {"simulation": {"task": "open_door", "expert": text}}
    expected = {"simulation": {"task": "open_door", "expert": section}}
    assert apply_overrides(settings, ()) == expected
    assert apply_overrides({}, [f"simulation.expert={text}"]) == {"simulation": {"expert": section}}
    assert settings["simulation"]["expert"] == text  # not changed


@pytest.mark.parametrize(
    "settings", [{}, {"simulation": None}, {"simulation": {"expert": {"name": "learned"}}}]
)
def test_what_is_written_out_stays(settings: dict[str, Any]) -> None:
    assert apply_overrides(settings, ()) == settings


def test_an_engine_without_a_name_is_the_default_one() -> None:
    written = apply_overrides({}, ["simulation.engine.renderer=warp"])
    assert written == {"simulation": {"engine": {"name": "mujoco", "renderer": "warp"}}}
    other = {"simulation": {"engine": {"python": "/python", "name": "isaacgym"}}}
    assert apply_overrides(other, ()) == other
