import numpy as np
import pytest
import torch

from spawnnet_encoders import render_attention, render_features
from spawnnet_encoders.visualization import colour


def test_attention_is_laid_over_every_image() -> None:
    rgb = torch.randint(0, 256, (2, 1, 3, 3, 8, 12), dtype=torch.uint8)
    attention = torch.rand(2, 1, 3, 4, 2, 3)
    pictures = render_attention(rgb, attention)
    assert pictures.shape == (2, 1, 3, 4, 8, 12, 3)
    assert pictures.dtype == np.uint8


def test_an_encoder_without_adapters_gets_no_pictures() -> None:
    rgb = torch.zeros(2, 1, 3, 3, 8, 12, dtype=torch.uint8)
    assert render_attention(rgb, torch.zeros(2, 1, 3, 0, 8, 12)).shape == (2, 1, 3, 0, 8, 12, 3)


def test_the_peak_is_yellow_and_the_rest_violet() -> None:
    rgb = torch.zeros(1, 1, 1, 3, 4, 6, dtype=torch.uint8)
    attention = torch.zeros(1, 1, 1, 1, 2, 3)
    attention[..., 0, 2] = 1
    picture = render_attention(rgb, attention, opacity=1)[0, 0, 0, 0]
    assert (picture[:2, 4:] == (253, 231, 37)).all()
    assert (picture[2:] == (68, 1, 84)).all()


def test_no_opacity_leaves_the_image() -> None:
    rgb = torch.randint(0, 256, (1, 1, 1, 3, 4, 6), dtype=torch.uint8)
    picture = render_attention(rgb, torch.rand(1, 1, 1, 1, 2, 3), opacity=0)
    assert np.array_equal(picture[0, 0, 0, 0], rgb[0, 0, 0].permute(1, 2, 0).numpy())


@pytest.mark.parametrize(
    ("shape", "opacity", "message"),
    [((1, 1, 2, 1, 2, 2), 0.5, "attention: expected"), ((1, 1, 1, 1, 2, 2), 2, "opacity: must")],
)
def test_wrong_arguments_are_named(shape: tuple[int, ...], opacity: float, message: str) -> None:
    rgb = torch.zeros(1, 1, 1, 3, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match=message):
        render_attention(rgb, torch.rand(shape), opacity=opacity)


def test_colours_run_from_violet_to_yellow() -> None:
    np.testing.assert_allclose(colour(np.array([0.0, 1.0])), [(68, 1, 84), (253, 231, 37)])


def test_equal_features_get_equal_colours_and_others_differ() -> None:
    centres = torch.randn(3, 16)
    labels = torch.randint(0, 3, (2, 24))
    pictures = render_features(centres[labels], (4, 6))
    assert pictures.shape == (2, 4, 6, 3)
    colours = [np.unique(pictures.reshape(2, 24, 3)[labels == i], axis=0) for i in range(3)]
    assert [len(rows) for rows in colours] == [1, 1, 1]
    assert len(np.unique(np.concatenate(colours), axis=0)) == 3


def test_components_are_those_of_a_singular_value_decomposition() -> None:
    tokens = torch.randn(1, 24, 5) * torch.tensor([5.0, 3.0, 2.0, 0.1, 0.1])
    picture = render_features(tokens, (4, 6)).reshape(24, 3).astype(float)
    centred = tokens[0] - tokens[0].mean(dim=0)
    left, _, _ = torch.linalg.svd(centred, full_matrices=False)
    for i in range(3):
        correlation = np.corrcoef(picture[:, i], left[:, i].numpy())[0, 1]
        assert abs(correlation) > 0.999


def test_tokens_must_fill_the_grid() -> None:
    with pytest.raises(ValueError, match=r"tokens: expected \(..., 24, 3 or more\)"):
        render_features(torch.randn(1, 23, 5), (4, 6))
