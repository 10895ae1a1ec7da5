"""The claim of the README's figure, with numbers."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import torch

TOY = runpy.run_path(str(Path(__file__).parent.parent / "docs" / "multimodality.py"))


@pytest.mark.parametrize("name", ["mlp", "gmm", "diffusion", "flow_matching"])
def test_all_but_the_mlp_choose_one_of_two_good_actions(name: str) -> None:
    policy = TOY["train"](name)
    states = torch.linspace(-1, 1, 300).unsqueeze(1)
    sides = TOY["sides"](states, policy.predict(states, torch.Generator().manual_seed(1)))
    if name == "mlp":
        assert not sides.any()
    else:
        assert sides.ne(0).float().mean() > 0.85
        assert sides.eq(1).float().mean() > 0.25  # both ways are taken
        assert sides.eq(-1).float().mean() > 0.25
