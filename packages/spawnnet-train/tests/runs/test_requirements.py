from pathlib import Path
from typing import Any

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.requirements import missing

NAMED = "encoder.backbone={model: dino_vits8}"


def test_a_run_that_has_all_it_needs_lacks_nothing(finished: Any) -> None:
    assert missing(load_config(finished.file)) == []


def test_demonstrations_that_are_not_there_are_named(cloned: Any) -> None:
    changed = "algorithm.demonstrations.validation={L1: {path: nowhere}}"
    assert missing(load_config(cloned.file, [changed])) == [
        "algorithm.demonstrations.validation.L1.path: there is no `nowhere`."
    ]


def test_a_run_to_start_from_that_is_not_there_is_named(cloned: Any) -> None:
    assert missing(load_config(cloned.file, ["train.init_from={run: nowhere}"])) == [
        "train.init_from.run: there is no run `nowhere`."
    ]
    here = f"train.init_from={{run: {cloned.run.path}}}"
    assert missing(load_config(cloned.file, [here])) == []


def test_keys_that_demonstrations_do_not_have_are_an_error(cloned: Any) -> None:
    changed = load_config(cloned.file, ["algorithm.demonstrations.keys.actions=[actionz]"])
    with pytest.raises(ConfigError, match=r"^algorithm\.demonstrations\.keys.*'actionz'"):
        missing(changed)


def test_a_stride_of_nothing_is_refused_with_the_settings(cloned: Any) -> None:
    with pytest.raises(ConfigError, match=r"algorithm\.demonstrations\.train\.stride: must be at"):
        load_config(cloned.file, ["algorithm.demonstrations.train.stride=0"])


def test_an_expert_that_is_not_there_is_named(dagger: Any) -> None:
    assert missing(load_config(dagger.file, ["simulation.expert=of/mine.safetensors"])) == [
        "simulation.expert.checkpoint: there is no file `of/mine.safetensors`."
    ]


def test_weights_that_are_not_there_are_named_with_what_to_do(
    dagger: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    (sentence,) = missing(load_config(dagger.file, [NAMED]))
    assert sentence.startswith("encoder.backbone.weights: `dino_vits8` are not here: download http")
    file = tmp_path / "hub" / "checkpoints" / "dino_deitsmall8_pretrain.pth"
    file.parent.mkdir(parents=True)
    file.touch()
    assert missing(load_config(dagger.file, [NAMED])) == []
    changed = load_config(dagger.file, ["encoder.backbone.weights=of/mine.pth"])
    assert missing(changed) == ["encoder.backbone.weights: there is no file `of/mine.pth`."]
    unused = [NAMED, "encoder.backbone.weights=of/mine.pth", "encoder.pretrained_features=false"]
    assert missing(load_config(dagger.file, unused)) == []
