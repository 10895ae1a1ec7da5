from typing import Any

import pytest
import timm
import torch

from spawnnet_encoders.backbone.facet import FacetBlock


@pytest.mark.parametrize(("facet", "position"), [("query", 0), ("key", 1), ("value", 2)])
def test_facet_is_one_third_of_the_projection_head_last(facet: Any, position: int) -> None:
    block = timm.create_model("test_vit").blocks[1]
    tokens = torch.randn(2, 9, 64)
    heads = block.attn.num_heads
    qkv = block.attn.qkv(block.norm1(tokens)).reshape(2, 9, 3, heads, 64 // heads)
    expected = qkv[:, :, position].transpose(2, 3).flatten(2)
    torch.testing.assert_close(FacetBlock(block, facet)(tokens), expected)
