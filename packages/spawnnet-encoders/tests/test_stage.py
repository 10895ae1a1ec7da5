import torch

from spawnnet_encoders.adapter import Adapter
from spawnnet_encoders.residual import ResidualStage
from spawnnet_encoders.stage import SpawnNetStage


def test_adapted_features_join_the_learned_map() -> None:
    residual = ResidualStage(6, 6, fused_channels=3, out_channels=4)
    adapter = Adapter(5, 3, grid=(8, 12), size=(4, 7))
    stage = SpawnNetStage(residual, adapter)
    x, tokens = torch.randn(2, 6, 8, 13), torch.randn(2, 96, 5)
    found, activation = stage(x, tokens)
    assert found.shape == (2, 4, 4, 7)
    assert activation is not None
    assert activation.shape == (2, 3, 8, 12)
    torch.testing.assert_close(found, residual(x, adapter(tokens, 2)[1]))


def test_a_stage_without_adapter_is_a_residual_stage() -> None:
    residual = ResidualStage(6, 6)
    x = torch.randn(2, 6, 8, 13)
    found, activation = SpawnNetStage(residual, None)(x, None)
    assert activation is None
    assert torch.equal(found, residual(x))
