from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from spawnnet_config.choices import Named
from spawnnet_data import FieldStatistics
from spawnnet_encoders import encoder_config
from spawnnet_policies import NormalizedPolicy, list_policies, policy_config
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.create import create_student
from spawnnet_train.student.normalization import NormalizationConfig
from spawnnet_train.student.spec import StudentSpec, spec_of_environment

CPU = torch.device("cpu")
B, F, T, V, H, W, S, A = 5, 2, 3, 2, 32, 48, 3, 4
LAYERS = {"spawnnet": (1, 3, 5), "frozen_vit": (5,)}


@dataclass(frozen=True)
class Settings:
    encoder: Named
    policy: Named
    student: StudentConfig
    seed: int = 7


def named(name: str, config: type[Any], **options: Any) -> Any:
    """Return a section as the configuration file makes it: the thing's config with its name."""
    section = config(**options)
    object.__setattr__(section, "name", name)
    return section


def configure(encoder: str = "impala", policy: str = "mlp", **student: Any) -> Settings:
    config, options = encoder_config(encoder), {}
    if encoder in LAYERS:
        backbone = type(config().backbone)
        options["backbone"] = backbone(model="test_vit", weights="random", layers=LAYERS[encoder])
    return Settings(
        named(encoder, config, **options),
        named(policy, policy_config(policy)),
        StudentConfig(**student),
    )


@pytest.fixture
def spec(make_environment: Callable[..., Any]) -> StudentSpec:
    return spec_of_environment(make_environment(2), ("front", "wrist"))


def observation() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return {
        "rgb": torch.randint(0, 256, (B, F, V, 3, H, W), dtype=torch.uint8, generator=generator),
        "depth": torch.rand(B, F, V, 1, H, W, generator=generator) + 0.5,
        "proprioception": torch.randn(B, F, S, generator=generator),
    }


@pytest.mark.parametrize(
    ("encoder", "policy"),
    [("spawnnet", "mlp"), ("frozen_vit", "mlp")] + [("impala", name) for name in list_policies()],
)
def test_every_encoder_and_policy_predicts_within_the_bounds(
    encoder: str, policy: str, spec: StudentSpec
) -> None:
    if policy == "diffusion":
        pytest.importorskip("diffusers", reason="the extra `diffusion` is not installed")
    config = configure(encoder, policy, stack_idx=(0, 2), action_horizon=T)
    student = create_student(config, spec, CPU).eval()
    with torch.no_grad():
        chunks = student.policy.predict(student.encoder(observation()).features)
    assert chunks.shape == (B, T, A)
    assert chunks.abs().max() <= 1


def test_the_seed_decides_the_weights_those_of_a_random_backbone_too(spec: StudentSpec) -> None:
    config = configure("spawnnet")
    first, second = (create_student(config, spec, CPU) for _ in range(2))
    other = create_student(replace(config, seed=8), spec, CPU)
    fingerprints = [s.encoder.backbone_fingerprint() for s in (first, second, other)]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]
    state = second.trainable_state()
    assert all(torch.equal(t, state[name]) for name, t in first.trainable_state().items())


def test_proprioception_switched_off_is_not_read(spec: StudentSpec) -> None:
    student = create_student(configure(proprioception=False), spec, CPU)
    assert student.encoder.proprioception_dim == 0


def test_known_statistics_normalise_proprioception(spec: StudentSpec) -> None:
    values = np.random.default_rng(0).normal(5, 2, (9, S))
    known = replace(spec, proprioception=FieldStatistics.of(values))
    student = create_student(configure(), known, CPU)
    torch.testing.assert_close(
        student.proprioception.offset, torch.from_numpy(values.mean(0)).float()
    )
    assert torch.equal(create_student(configure(), spec, CPU).proprioception.offset, torch.zeros(S))


def test_a_policy_sees_normalised_actions_where_that_is_asked_for(spec: StudentSpec) -> None:
    config = configure(normalization=NormalizationConfig(actions="mean_std"))
    values = np.random.default_rng(0).normal(20, 3, (9, A))
    known = replace(spec, actions=FieldStatistics.of(values), action_bounds=((0,) * A, (30,) * A))
    student = create_student(config, known, CPU)
    assert isinstance(student.policy, NormalizedPolicy)
    assert student.policy.action_high.tolist() == [30] * A
    with pytest.raises(ConfigError, match=r"^student\.normalization\.actions: there are no demon"):
        create_student(config, spec, CPU)


def test_missing_weights_are_one_sentence(spec: StudentSpec) -> None:
    config = configure("spawnnet")
    backbone = replace(config.encoder.backbone, weights="missing.pt")  # type: ignore[attr-defined]
    missing = named("spawnnet", encoder_config("spawnnet"), backbone=backbone)
    with pytest.raises(ConfigError) as error:
        create_student(replace(config, encoder=missing), spec, CPU)
    (problem,) = error.value.problems
    assert problem.startswith("encoder.backbone.weights: ")
    assert "missing.pt" in problem
