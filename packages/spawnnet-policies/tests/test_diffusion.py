from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler

from spawnnet_policies import (
    ConfigurationError,
    DiffusionConfig,
    NormalizedPolicy,
    Policy,
    create_policy,
)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(3)


def perfect(policy: Policy, chunk: torch.Tensor) -> Callable[..., torch.Tensor]:
    """Return the network of a diffusion policy that knows the chunk."""

    def denoise(
        features: torch.Tensor, noisy: torch.Tensor, timesteps: torch.Tensor
    ) -> torch.Tensor:
        kept = policy.scheduler.alphas_cumprod[timesteps][:, None, None]
        noise: torch.Tensor = (noisy - kept.sqrt() * chunk) / (1 - kept).sqrt()
        return noise if policy.prediction_type == "epsilon" else chunk

    return denoise


@pytest.mark.parametrize("prediction_type", ["epsilon", "sample"])
def test_sampling_with_a_perfect_network_gives_the_chunk(
    build: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch, prediction_type: str
) -> None:
    policy = build("diffusion", prediction_type=prediction_type, num_inference_steps=5)
    chunk = torch.rand(4, 3, 2) * 2 - 1
    monkeypatch.setattr(policy, "_denoise", perfect(policy, chunk))
    torch.testing.assert_close(
        policy.sample_chunk(torch.zeros(4, 6), None), chunk, atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("prediction_type", ["epsilon", "sample"])
def test_sampling_is_that_of_diffusers_with_clipping(
    build: Callable[..., Policy], prediction_type: str
) -> None:
    policy = build("diffusion", prediction_type=prediction_type, num_inference_steps=5)
    features, chunk = torch.randn(4, 6), torch.randn(4, 3, 2, generator=seeded())
    scheduler = DDIMScheduler(
        num_train_timesteps=100,
        beta_schedule="squaredcos_cap_v2",
        prediction_type=prediction_type,
        clip_sample=True,
    )
    scheduler.set_timesteps(5)
    policy.denoiser.register_forward_hook(lambda module, given, found: 20 * found)
    clipped = 0
    with torch.no_grad():
        found = policy.sample_chunk(features, seeded())
        for timestep in scheduler.timesteps:
            prediction = policy.denoiser(features, chunk, timestep.expand(4) / 100)
            step = scheduler.step(prediction, timestep, chunk)
            clipped += int((step.pred_original_sample.abs() == 1).sum())
            chunk = step.prev_sample
    torch.testing.assert_close(found, chunk)
    assert clipped > 0


@pytest.mark.parametrize("prediction_type", ["epsilon", "sample"])
@pytest.mark.parametrize(
    ("demonstrated", "low", "high"),
    [(None, [-1.0, 0.0], [2.0, 9.0]), (([-0.4, 0.6], [0.8, 7.0]), [-0.4, 0.6], [0.8, 7.0])],
)
def test_normalized_actions_keep_to_what_was_demonstrated_or_to_the_robot(
    build: Callable[..., Policy],
    monkeypatch: pytest.MonkeyPatch,
    prediction_type: str,
    demonstrated: tuple[list[float], list[float]] | None,
    low: list[float],
    high: list[float],
) -> None:
    inner = build("diffusion", prediction_type=prediction_type, num_inference_steps=5)
    actions = torch.tensor([[[1.9, 8.0], [-2.0, 0.5], [0.1, 3.0]]])  # (1, 3, 2)
    policy = NormalizedPolicy(inner, ([-1.0, 0.0], [2.0, 9.0]), demonstrated)
    monkeypatch.setattr(inner, "_denoise", perfect(inner, inner.normalize(actions)))
    expected = actions.clamp(torch.tensor(low), torch.tensor(high))
    torch.testing.assert_close(policy.predict(torch.zeros(1, 6)), expected, atol=1e-3, rtol=0)


def test_noise_is_removed_from_the_most_to_the_least(build: Callable[..., Policy]) -> None:
    policy = build("diffusion", num_inference_steps=5)
    assert policy.timesteps == [80, 60, 40, 20, 0]


@pytest.mark.parametrize("steps", [16, 34, 51, 67])
def test_steps_that_do_not_divide_the_levels_sample_what_was_learned(
    build: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    policy = build("diffusion", num_inference_steps=steps)
    assert policy.timesteps[0] >= 100 - 100 / steps - 1
    assert policy.timesteps[-1] == 0
    mean, deviation = 0.4, 0.2  # of actions that are normally distributed

    def best(features: torch.Tensor, noisy: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        """Return the expected noise, in closed form."""
        kept = policy.scheduler.alphas_cumprod[timesteps][:, None, None]
        spread = kept * deviation**2 + 1 - kept
        noise: torch.Tensor = (1 - kept).sqrt() / spread * (noisy - kept.sqrt() * mean)
        return noise

    monkeypatch.setattr(policy, "_denoise", best)
    sample = policy.sample_chunk(torch.zeros(4000, 6), seeded())
    assert sample.mean().item() == pytest.approx(mean, abs=0.05)
    assert sample.std().item() == pytest.approx(deviation, rel=0.2)


def test_a_policy_that_was_trained_on_another_device_predicts(build: Callable[..., Policy]) -> None:
    policy = build("diffusion")
    expected = policy.predict(torch.ones(2, 6), seeded())
    # As `add_noise` of diffusers does with the device of a batch.
    policy.scheduler.alphas_cumprod = policy.scheduler.alphas_cumprod.to("meta")
    torch.testing.assert_close(policy.predict(torch.ones(2, 6), seeded()), expected)


def test_low_levels_have_their_noise_in_half_precision(
    build: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = build("diffusion").to(torch.bfloat16)
    seen: list[torch.Tensor] = []

    def denoise(
        features: torch.Tensor, noisy: torch.Tensor, timesteps: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        kept = policy.scheduler.alphas_cumprod[timesteps][:, None, None]
        seen.append((noisy / (1 - kept).sqrt())[timesteps < 3])
        return noisy

    monkeypatch.setattr(policy, "_denoise", denoise)
    middle = policy.denormalize(torch.zeros(20_000, 3, 2))
    policy.loss(torch.zeros(20_000, 6).bfloat16(), middle, torch.ones(20_000, 3, dtype=torch.bool))
    assert seen[0].float().std().item() == pytest.approx(1, rel=0.1)


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diffusers.schedulers.scheduling_ddim", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'spawnnet-policies\[diffusion\]'"):
        create_policy("diffusion", feature_dim=3, action_bounds=([-1], [1]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_inference_steps": 101}, "num_inference_steps: must be at most .* 101 and 100"),
        ({"prediction_type": "noise"}, "prediction_type: .* got 'noise'"),
        ({"beta_schedule": "cosine"}, "beta_schedule: .* got 'cosine'"),
    ],
)
def test_impossible_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        DiffusionConfig(**options)  # type: ignore[arg-type]
