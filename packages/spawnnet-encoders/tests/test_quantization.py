import pytest
import torch

from spawnnet_encoders.quantization import pack, unpack


def test_int8_keeps_one_scale_per_token() -> None:
    features = torch.randn(2, 3, 5) * torch.tensor([1e-3, 1.0, 1e3])[:, None]
    values, scale = pack([features], "int8")
    assert values.dtype == torch.int8
    assert scale.shape == (2, 3, 1)
    assert (values.abs().amax(dim=-1) == 127).all()
    (restored,) = unpack((values, scale))
    assert ((restored - features).abs() <= scale / 2 * 1.0001).all()


def test_a_token_of_zeros_survives() -> None:
    (restored,) = unpack(pack([torch.zeros(2, 1, 4)], "int8"))
    assert torch.equal(restored, torch.zeros(2, 1, 4))


def test_several_layers_keep_their_order() -> None:
    features = [torch.full((1, 2), float(i)) for i in range(3)]
    torch.testing.assert_close(unpack(pack(features, "int8")), tuple(features))


def test_a_quarter_of_the_bytes_is_left() -> None:
    features = torch.randn(10, 384)
    size = sum(part.nbytes for part in pack([features], "int8"))
    assert size == features.nbytes // 4 + 10 * 4


def test_unknown_formats_are_named() -> None:
    with pytest.raises(ValueError, match=r"format: must be one of .* got 'int4'"):
        pack([torch.ones(1)], "int4")  # type: ignore[arg-type]
