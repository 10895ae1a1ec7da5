from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spawnnet_sim import ConfigurationError
from spawnnet_sim.cabinets.partnet.files import MAX_TEXTURE, AssetFiles


@pytest.fixture
def files(tmp_path: Path) -> AssetFiles:
    folder = tmp_path / "5_link_0"
    folder.mkdir()
    return AssetFiles(folder)


def test_numbers_are_read_by_path_from_json_and_yaml(files: AssetFiles) -> None:
    (files.folder / "a.json").write_text('{"min": [1, 2.5, 1e-05]}')
    (files.folder / "b.yaml").write_text("pos:\n  x: -0.5\n  y: 2e-3\n")
    assert files.numbers("a.json", "min.1", "min.2") == (2.5, 1e-5)
    assert files.numbers("b.yaml", "pos.y", "pos.x") == (0.002, -0.5)


@pytest.mark.parametrize("content", ["a: .nan", "a: many", "a: [1]", "a: null"])
def test_what_is_not_a_number_is_shown(files: AssetFiles, content: str) -> None:
    (files.folder / "c.yaml").write_text(content)
    with pytest.raises(ValueError, match=r"'5_link_0': `c.yaml` has .* at `a`, expected a number"):
        files.numbers("c.yaml", "a")


def test_large_images_are_scaled_down_and_lose_transparency(files: AssetFiles) -> None:
    Image.new("RGBA", (2 * MAX_TEXTURE, MAX_TEXTURE), (10, 20, 30, 128)).save(
        files.folder / "t.png"
    )
    picture = files.image("t.png")
    assert picture.shape == (MAX_TEXTURE // 2, MAX_TEXTURE, 3)
    np.testing.assert_array_equal(picture[3, 5], (10, 20, 30))


def test_an_asset_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'9_link_9'"):
        AssetFiles(tmp_path / "9_link_9")


@pytest.mark.parametrize(
    "content", ["a: 2026-13-45", "[" * 5000, "a: !!python/name:os.system", "{"]
)
def test_a_broken_file_is_named(files: AssetFiles, content: str) -> None:
    (files.folder / "c.yaml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"'5_link_0': `c.yaml` (is broken|has no `a`)"):
        files.numbers("c.yaml", "a")


def test_what_lies_outside_of_the_asset_is_not_read(files: AssetFiles) -> None:
    (files.folder.parent / "secret.obj").write_text("v secret")
    (files.folder / "link.obj").symlink_to("../secret.obj")
    outside = ("../secret.obj", "link.obj", str(files.folder.parent / "secret.obj"))
    for file in outside:
        with pytest.raises(ConfigurationError, match="lies outside of the asset's folder"):
            files.text(file)
