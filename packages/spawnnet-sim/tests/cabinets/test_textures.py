import numpy as np
import pytest

from spawnnet_sim.cabinets.textures import SIZE, TEXTURES, Image, patterns


@pytest.mark.parametrize("name", TEXTURES)
def test_a_texture_is_a_grey_image_that_the_generator_determines(name: str) -> None:
    draw = TEXTURES[name]
    image = draw(np.random.default_rng(5))
    assert image.shape == (SIZE, SIZE, 3)
    assert image.dtype == np.uint8
    assert (image == image[..., :1]).all()
    assert image.std() > 1  # not one flat colour
    np.testing.assert_array_equal(image, draw(np.random.default_rng(5)))
    assert (image != draw(np.random.default_rng(6))).any()


def test_patterns_are_waves_of_many_shades_and_patches_of_few_by_turns() -> None:
    counts = [len(np.unique(image.reshape(-1, 3), axis=0)) for image in patterns(12)]
    assert min(counts[::2]) > 100
    assert max(counts[1::2]) <= 4


@pytest.mark.parametrize("image", patterns(6))
def test_a_pattern_goes_on_across_its_edges(image: Image) -> None:
    rows, columns = image.astype(int), image.astype(int).swapaxes(0, 1)
    for lines in (rows, columns):
        inside = np.abs(np.diff(lines, axis=0)).mean(axis=(1, 2))
        assert np.abs(lines[0] - lines[-1]).mean() <= inside.max()
