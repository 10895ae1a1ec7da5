from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import torch

from spawnnet_policies import ConfigurationError, DiffusionConfig, Policy, create_policy


@pytest.mark.parametrize("prediction_type", ["epsilon", "sample"])
def test_sampling_with_a_perfect_network_gives_the_chunk(
    build: Callable[..., Policy], monkeypatch: pytest.MonkeyPatch, prediction_type: str
) -> None:
    policy = build("diffusion", prediction_type=prediction_type, num_inference_steps=5)
    chunk = torch.rand(4, 3, 2) * 2 - 1

    def perfect(features, noisy, timesteps, mask=None):  # type: ignore[no-untyped-def]
        kept = policy.scheduler.alphas_cumprod[timesteps][:, None, None]
        noise = (noisy - kept.sqrt() * chunk) / (1 - kept).sqrt()
        return noise if prediction_type == "epsilon" else chunk

    monkeypatch.setattr(policy, "_denoise", perfect)
    torch.testing.assert_close(
        policy.sample_chunk(torch.zeros(4, 6), None), chunk, atol=1e-4, rtol=0
    )


def test_noise_is_removed_from_the_most_to_the_least(build: Callable[..., Policy]) -> None:
    policy = build("diffusion", num_inference_steps=5)
    assert policy.timesteps == [80, 60, 40, 20, 0]


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
