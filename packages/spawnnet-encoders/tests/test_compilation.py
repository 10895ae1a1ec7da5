"""`torch.compile`, `torch.export` and autocast, for every encoder."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from spawnnet_encoders import Encoder, list_encoders

Observe = Callable[..., dict[str, Tensor]]
Build = Callable[..., Encoder]
every_encoder = pytest.mark.parametrize("name", list_encoders())


@pytest.fixture(autouse=True)
def _fresh_compiler() -> None:
    torch.compiler.reset()


@every_encoder
@pytest.mark.parametrize("backbone", ["test_vit", "test_resnet"])
def test_forward_and_backward_compile_without_a_break(
    build: Build, observe: Observe, name: str, backbone: str
) -> None:
    encoder, observation = build(name, backbone), observe()
    frozen = encoder.frozen_features(observation["rgb"])
    compiled = torch.compile(encoder, fullgraph=True, backend="aot_eager")
    outputs, gradients = [], []
    for run in (encoder, compiled):
        outputs.append(run(observation, frozen).features)
        if outputs[-1].requires_grad:
            outputs[-1].square().mean().backward()
        gradients.append([p.grad for p in encoder.trainable_parameters()])
        encoder.zero_grad()
    torch.testing.assert_close(*outputs)
    torch.testing.assert_close(*gradients)


@every_encoder
def test_whole_path_compiles_in_evaluation(build: Build, observe: Observe, name: str) -> None:
    encoder, observation = build(name).eval(), observe()
    compiled = torch.compile(encoder, fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        output, expected = compiled(observation), encoder(observation)
    torch.testing.assert_close(output.features, expected.features)


def test_frozen_features_compile(build: Build, observe: Observe) -> None:
    encoder, rgb = build("spawnnet"), observe()["rgb"]
    compiled = torch.compile(encoder.frozen_features, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(
        compiled(rgb, format="int8"), encoder.frozen_features(rgb, format="int8")
    )


@every_encoder
def test_inference_exports(build: Build, observe: Observe, name: str) -> None:
    encoder, observation = build(name).eval(), observe()
    program = torch.export.export(encoder, (observation,))
    another = observe()
    output, expected = program.module()(another), encoder(another)
    torch.testing.assert_close(output.features, expected.features)


def test_export_takes_any_batch(build: Build, observe: Observe) -> None:
    encoder = build("spawnnet").eval()
    batch = torch.export.Dim("batch", min=2, max=64)
    shapes = {"observation": {key: {0: batch} for key in observe()}}
    program = torch.export.export(encoder, (observe(),), dynamic_shapes=shapes)
    another = observe(batch=7)
    torch.testing.assert_close(program.module()(another).features, encoder(another).features)


@every_encoder
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_gives_float32_features_close_to_full_precision(
    build: Build, observe: Observe, name: str, dtype: torch.dtype
) -> None:
    encoder, observation = build(name), observe()
    encoder.eval()
    expected = encoder(observation).features
    with torch.autocast("cpu", dtype):
        features = encoder(observation).features
        features.square().mean().backward() if features.requires_grad else None
    assert features.dtype == torch.float32
    error = nn.functional.mse_loss(features, expected) / expected.square().mean()
    assert error < 1e-3
