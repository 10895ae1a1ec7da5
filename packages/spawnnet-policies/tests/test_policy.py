"""The contract of the policy interface, for every head that is registered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from spawnnet_policies import Policy, PolicySpec, create_policy, list_policies

Build = Callable[..., Policy]
RANDOM = {"gaussian", "gmm", "diffusion", "flow_matching"}

every_policy = pytest.mark.parametrize("name", [*list_policies(), "normalized mlp"])


def features_of(batch: int, **options: Any) -> Tensor:
    return torch.randn(batch, 6, **options)


def batch_of(policy: Policy, batch: int = 5) -> tuple[Tensor, Tensor, Tensor]:
    low, high = policy.action_bounds
    chunk = low + (high - low) * torch.rand(batch, 3, 2)
    mask = torch.arange(3) < torch.tensor([3, 1, 2, 3, 2])[:batch, None]
    return features_of(batch), chunk, mask


def seeded(function: Callable[..., Tensor], *arguments: Any) -> Tensor:
    torch.manual_seed(1)
    return function(*arguments)


def gradients(policy: Policy, loss: Tensor) -> dict[str, Tensor]:
    names, parameters = zip(*policy.named_parameters(), strict=True)
    return dict(zip(names, torch.autograd.grad(loss, parameters), strict=True))


@every_policy
def test_predictions_have_the_documented_shape_and_dtype(name: str, build: Build) -> None:
    policy = build(name)
    chunk = policy.predict(features_of(4))
    assert chunk.shape == (4, 3, 2)
    assert chunk.dtype == torch.float32
    assert not chunk.requires_grad
    assert (policy.feature_dim, policy.action_dim, policy.action_horizon) == (6, 2, 3)
    assert policy.output_dim == 6


@every_policy
def test_predictions_stay_within_the_bounds_and_reach_them(name: str, build: Build) -> None:
    policy = build(name)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.mul_(8).add_(torch.randn_like(parameter))
    chunk = policy.predict(features_of(64))
    low, high = policy.action_bounds
    assert ((chunk >= low) & (chunk <= high)).all()
    assert ((chunk == low) | (chunk == high)).any()  # else nothing was tested


@every_policy
def test_a_call_is_a_prediction(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    assert torch.equal(seeded(policy, features), seeded(policy.predict, features))


@every_policy
def test_the_same_generator_gives_the_same_sample(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    first, second, other = (
        policy.predict(features, torch.Generator().manual_seed(seed)) for seed in (3, 3, 4)
    )
    assert torch.equal(first, second)
    assert torch.equal(first, other) == (name not in RANDOM)


@every_policy
def test_a_generator_leaves_the_global_one_alone(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    before = torch.get_rng_state()
    policy.predict(features, torch.Generator().manual_seed(3))
    assert torch.equal(torch.get_rng_state(), before)


@every_policy
@pytest.mark.parametrize("poison", [1e6, float("inf"), float("nan")])
def test_padding_has_no_influence(name: str, build: Build, poison: float) -> None:
    policy = build(name)
    features, chunk, mask = batch_of(policy)
    poisoned = torch.where(mask.unsqueeze(-1), chunk, torch.tensor(poison))
    clean_loss = seeded(policy.loss, features, chunk, mask)
    poisoned_loss = seeded(policy.loss, features, poisoned, mask)
    assert torch.equal(clean_loss, poisoned_loss)
    clean, other = gradients(policy, clean_loss), gradients(policy, poisoned_loss)
    for key in clean:
        assert torch.equal(clean[key], other[key]), key


@every_policy
def test_steps_that_are_no_padding_do_have_influence(name: str, build: Build) -> None:
    policy = build(name)
    features, chunk, mask = batch_of(policy)
    assert seeded(policy.loss, features, chunk, mask) != seeded(
        policy.loss, features, chunk + 0.1, mask
    )


@every_policy
def test_a_batch_of_nothing_but_padding_has_no_loss(name: str, build: Build) -> None:
    policy = build(name)
    features, chunk, mask = batch_of(policy)
    loss = policy.loss(features, chunk, torch.zeros_like(mask))
    assert loss == 0
    assert all(not gradient.any() for gradient in gradients(policy, loss).values())


@every_policy
def test_every_parameter_is_trained(name: str, build: Build) -> None:
    policy = build(name)
    for key, gradient in gradients(policy, policy.loss(*batch_of(policy))).items():
        assert gradient.isfinite().all(), key
        assert gradient.any(), key


@every_policy
def test_samples_of_a_batch_do_not_influence_each_other(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    others_changed = torch.cat([features[:1], features_of(3)])
    first, second = (
        policy.predict(batch, torch.Generator().manual_seed(3))[0]
        for batch in (features, others_changed)
    )
    torch.testing.assert_close(first, second)


@every_policy
def test_features_that_are_no_numbers_give_no_number_and_no_error(name: str, build: Build) -> None:
    features = torch.randn(3, 6)
    features[1, 4] = float("nan")
    predicted = build(name).predict(features, torch.Generator().manual_seed(3))
    assert predicted.isfinite().flatten(1).all(1).tolist() == [True, False, True]


@every_policy
def test_the_loss_is_differentiated_correctly(name: str, build: Build) -> None:
    policy = build(name).double()
    _, chunk, mask = batch_of(policy, batch=2)
    chunk = chunk.double()
    features = features_of(2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda features: seeded(policy.loss, features, chunk, mask), (features,)
    )


@every_policy
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_close_and_within_the_exact_bounds(
    name: str, build: Build, dtype: torch.dtype
) -> None:
    policy = build(name)
    features, chunk, mask = batch_of(policy)
    bounds = policy.action_bounds
    policy.to(dtype)
    assert all(torch.equal(*pair) for pair in zip(policy.action_bounds, bounds, strict=True))
    loss = policy.loss(features.to(dtype), chunk, mask)
    assert all(gradient.isfinite().all() for gradient in gradients(policy, loss).values())
    low, high = bounds
    prediction = policy.predict((30 * features).to(dtype))
    assert prediction.dtype == torch.float32
    assert ((prediction >= low) & (prediction <= high)).all()


@every_policy
def test_autocast_changes_the_loss_little(name: str, build: Build) -> None:
    policy = build(name)
    batch = batch_of(policy)
    exact = seeded(policy.loss, *batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = seeded(policy.loss, *batch)
    torch.testing.assert_close(rounded.float(), exact, rtol=0.1, atol=0.1)


@every_policy
def test_a_policy_compiles_without_a_graph_break(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    # Capturing the graph is what could fail; what a backend makes of it is its own business.
    compiled = torch.compile(policy, backend="eager", fullgraph=True)
    torch.testing.assert_close(seeded(compiled, features), seeded(policy, features))
    batch = batch_of(policy)
    loss = torch.compile(policy.loss, backend="eager", fullgraph=True)
    torch.testing.assert_close(seeded(loss, *batch), seeded(policy.loss, *batch))


@every_policy
def test_an_exported_policy_predicts_the_same(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    batch = torch.export.Dim("batch", min=1, max=1024)
    program = torch.export.export(
        policy, (features_of(7),), dynamic_shapes={"features": {0: batch}}
    )
    torch.testing.assert_close(seeded(program.module(), features), seeded(policy, features))


@every_policy
def test_a_state_dict_restores_the_policy(name: str, build: Build) -> None:
    policy, features = build(name), features_of(4)
    torch.manual_seed(5)
    other = build(name)
    other.load_state_dict(policy.state_dict())
    assert torch.equal(seeded(other, features), seeded(policy, features))


@every_policy
def test_wrong_shapes_are_refused(name: str, build: Build) -> None:
    policy = build(name)
    features, chunk, mask = batch_of(policy)
    with pytest.raises(ValueError, match=r"^features: expected shape \(B, 6\), got \(5, 5\)"):
        policy.predict(features[:, :5])
    with pytest.raises(ValueError, match=r"^action_chunk: expected shape \(5, 3, 2\), got"):
        policy.loss(features, chunk[:, :2], mask)
    with pytest.raises(ValueError, match=r"^mask: expected bool of shape \(5, 3\), got torch.fl"):
        policy.loss(features, chunk, mask.float())


def test_normalised_actions_have_their_bounds_at_one(build: Build) -> None:
    policy = build("mlp")
    low, high = policy.action_bounds
    torch.testing.assert_close(policy.normalize(low), -torch.ones(2))
    torch.testing.assert_close(policy.normalize(high), torch.ones(2))
    torch.testing.assert_close(policy.denormalize(policy.normalize(low / 3)), low / 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"feature_dim": 0}, "feature_dim: must be at least 1, got 0"),
        ({"action_horizon": 0}, "action_horizon: must be at least 1, got 0"),
        ({"action_bounds": ([0], [1, 2])}, r"action_bounds: .* lengths \[1, 2\]"),
        ({"action_bounds": ([], [])}, r"action_bounds: .* lengths \[0, 0\]"),
        ({"action_bounds": ([0, 2], [1, 2])}, r"action_bounds\[1\]: .* got 2.0 and 2.0"),
        ({"action_bounds": ([0], [float("inf")])}, r"action_bounds\[0\]: .* both finite"),
        ({"action_bounds": ([0], [float("nan")])}, r"action_bounds\[0\]: .* both finite"),
        (
            {"action_bounds": ([-1, 1], [1, 1 + 1e-9])},
            r"action_bounds\[1\]: .* float32, got 1.0 and",
        ),
        ({"action_bounds": ([-3e38], [3e38])}, r"action_bounds\[0\]: .* also in float32"),
        ({"action_bounds": ([3e38], [3.2e38])}, r"action_bounds\[0\]: .* also in float32"),
        ({"action_bounds": ([0], [1e39])}, r"action_bounds\[0\]: .* got 0.0 and 1e\+39"),
        ({"action_bounds": ([0], [1e-45])}, r"action_bounds\[0\]: .* also in float32"),
        ({"action_bounds": (-1, 1)}, r"action_bounds: must be a list .* got \(-1, 1\)"),
        ({"action_bounds": (["a"], [1])}, r"action_bounds: must be a list .* got \(\['a'\]"),
    ],
)
def test_impossible_sizes_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        PolicySpec(**{"feature_dim": 4, "action_bounds": ([-1], [1]), **arguments})


def test_the_first_predictions_are_near_the_middle() -> None:
    policy = create_policy("mlp", feature_dim=6, action_bounds=([2], [4]), action_horizon=3)
    assert (policy.predict(features_of(20)) - 3).abs().max() < 0.05
