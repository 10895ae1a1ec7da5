from __future__ import annotations

import pytest
import torch
from torch import Tensor

from spawnnet_policies import ConfigurationError
from spawnnet_policies.attention import (
    ChunkDecoder,
    TokenEncoder,
    TransformerSize,
    learned_tokens,
    padding_of,
    token_projection,
)

SIZE = TransformerSize(width=8, num_heads=2, num_layers=2)


def attended(attention: torch.nn.MultiheadAttention, queries: Tensor, memory: Tensor) -> Tensor:
    """Attend by the formula of Vaswani et al., 2017, section 3.2: `(B, N, 8)` over `(B, M, 8)`."""
    weights, biases = attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3)
    sources = (queries, memory, memory)
    q, k, v = (
        (x @ w.T + b).unflatten(-1, (2, 4)).transpose(1, 2)  # (B, heads, N, 4)
        for x, w, b in zip(sources, weights, biases, strict=True)
    )
    mixed = (q @ k.transpose(-1, -2) / 4**0.5).softmax(-1) @ v
    return attention.out_proj(mixed.transpose(1, 2).flatten(2))  # (B, N, 8)


def test_the_encoder_is_its_formula() -> None:
    encoder = TokenEncoder(SIZE)
    tokens = expected = torch.randn(3, 5, 8)
    for layer in encoder.layers:
        normed = layer.norm1(expected)
        expected = expected + attended(layer.self_attn, normed, normed)
        hidden = torch.nn.functional.gelu(layer.linear1(layer.norm2(expected)))
        expected = expected + layer.linear2(hidden)
    torch.testing.assert_close(encoder(tokens), encoder.norm(expected), atol=1e-5, rtol=1e-5)


def test_the_decoder_starts_from_positions_and_reads_the_memory() -> None:
    decoder, memory = ChunkDecoder(SIZE, action_horizon=4), torch.randn(3, 6, 8)
    expected = decoder.position.expand(3, -1, -1)  # (B, T, 8)
    for layer in decoder.layers:
        normed = layer.norm1(expected)
        expected = expected + attended(layer.self_attn, normed, normed)
        expected = expected + attended(layer.multihead_attn, layer.norm2(expected), memory)
        hidden = torch.nn.functional.gelu(layer.linear1(layer.norm3(expected)))
        expected = expected + layer.linear2(hidden)
    expected = decoder.norm(expected)
    torch.testing.assert_close(decoder(None, memory), expected, atol=1e-5, rtol=1e-5)
    zeros = torch.zeros(3, 4, 8)
    torch.testing.assert_close(decoder(zeros, memory), expected, atol=1e-5, rtol=1e-5)


def test_padded_tokens_are_not_read() -> None:
    encoder, tokens = TokenEncoder(SIZE), torch.randn(2, 5, 8)
    padding = torch.tensor([[False] * 3 + [True] * 2, [False] * 5])
    other = torch.where(padding.unsqueeze(-1), torch.randn(2, 5, 8), tokens)
    kept = ~padding
    assert torch.equal(encoder(tokens, padding)[kept], encoder(other, padding)[kept])
    assert not torch.equal(encoder(tokens)[kept], encoder(other)[kept])


def test_a_chunk_without_a_real_step_keeps_all_of_them() -> None:
    mask = torch.tensor([[True, False, True], [False, False, False]])
    assert padding_of(mask).tolist() == [[False, True, False], [False, False, False]]


def test_tokens_have_unit_scale_whatever_the_vectors_have() -> None:
    torch.testing.assert_close(
        token_projection(3, 64)(1e4 * torch.randn(5, 3)).std(-1, correction=0), torch.ones(5)
    )
    learned = learned_tokens(30, 64)
    assert learned.shape == (1, 30, 64)
    assert learned.requires_grad
    assert abs(learned.std().item() - 0.02) < 0.002


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"width": 0}, "width"),
        ({"width": 9, "num_heads": 3}, "width"),
        ({"width": 10, "num_heads": 4}, "width"),
        ({"num_layers": -1}, "num_layers"),
        ({"dropout": 1.0}, "dropout"),
    ],
)
def test_impossible_sizes_are_refused(options: dict[str, float], field: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TransformerSize(**options)  # type: ignore[arg-type]
    assert caught.value.field == field
