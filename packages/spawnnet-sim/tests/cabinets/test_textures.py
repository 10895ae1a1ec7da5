import numpy as np
import pytest

from spawnnet_sim.cabinets.textures import SIZE, TEXTURES


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
