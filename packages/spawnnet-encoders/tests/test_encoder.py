"""The contract: what holds for every registered encoder over every kind of backbone."""

import hashlib
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from spawnnet_encoders import Encoder, list_encoders

BACKBONES = ("test_vit", "test_resnet")
CASES = [
    (name, backbone)
    for name, backbone in product(list_encoders(), BACKBONES)
    if name != "impala" or backbone == BACKBONES[0]
]
FORMATS = {"float32": 1e-6, "float16": 2**-11, "bfloat16": 2**-8, "int8": 1 / 254}
Observe = Callable[..., dict[str, Tensor]]


@pytest.fixture(params=CASES, ids="-".join)
def encoder(request: pytest.FixtureRequest, build: Callable[..., Encoder]) -> Iterator[Encoder]:
    name, backbone = request.param
    return build(name, backbone)


def hash_of(state: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for key in sorted(state):
        digest.update(key.encode() + state[key].numpy().tobytes())
    return digest.hexdigest()


def frozen_state(encoder: Encoder) -> dict[str, Tensor]:
    return {k: v.clone() for k, v in encoder.state_dict().items() if k.startswith("backbone.")}


def test_features_have_the_promised_shape(encoder: Encoder, observe: Observe) -> None:
    output = encoder(observe())
    assert output.features.shape == (4, encoder.output_dim)
    assert output.features.dtype == torch.float32
    assert output.features.isfinite().all()


def test_kept_features_give_the_same_output(encoder: Encoder, observe: Observe) -> None:
    observation = observe()
    encoder.eval()
    direct = encoder(observation)
    kept = encoder(observation, encoder.frozen_features(observation["rgb"]))
    torch.testing.assert_close(kept.features, direct.features)


@pytest.mark.parametrize("form", FORMATS)
def test_shapes_of_kept_features_are_known_beforehand(
    encoder: Encoder, observe: Observe, form: Any
) -> None:
    outline = encoder.frozen_outline(format=form)
    kept = encoder.frozen_features(observe()["rgb"][:1, :1], format=form)
    assert [(part.shape, part.dtype) for part in outline] == [
        (part.shape, part.dtype) for part in kept
    ]
    assert all(part.is_meta for part in outline)
    assert not any(parameter.is_meta for parameter in encoder.parameters())


@pytest.mark.parametrize("form", FORMATS)
def test_frames_can_be_encoded_alone_and_stacked_later(
    encoder: Encoder, observe: Observe, form: Any
) -> None:
    observation = observe()
    encoder.eval()
    frames = [observation["rgb"][:, i : i + 1] for i in range(3)]
    singles = [encoder.frozen_features(frame, format=form) for frame in frames]
    stacked = tuple(torch.cat(parts, dim=1) for parts in zip(*singles, strict=True))
    together = encoder.frozen_features(observation["rgb"], format=form)
    assert [(part.shape, part.dtype) for part in stacked] == [
        (part.shape, part.dtype) for part in together
    ]
    features = encoder(observation, stacked).features
    expected = encoder(observation, together).features
    torch.testing.assert_close(features, expected, rtol=1e-3, atol=1e-2)
    chosen = [3, 1]  # a batch of a replay buffer
    batch = {key: value[chosen] for key, value in observation.items()}
    indexed = encoder(batch, tuple(part[chosen] for part in stacked)).features
    torch.testing.assert_close(indexed, features[chosen])


def test_images_are_the_same_however_many_are_taken_at_once(
    encoder: Encoder, observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb = observe()["rgb"]
    together = encoder.frozen_features(rgb)
    monkeypatch.setattr("spawnnet_encoders.backbone.backbone.ACTIVATION_BYTES", 1)
    for part, whole in zip(encoder.frozen_features(rgb), together, strict=True):
        torch.testing.assert_close(part, whole)


@pytest.mark.parametrize("form", FORMATS)
def test_frozen_features_have_leading_axes_and_no_gradient(
    encoder: Encoder, observe: Observe, form: Any
) -> None:
    kept = encoder.frozen_features(observe()["rgb"], format=form)
    assert (len(kept) > 0) == encoder.has_frozen_part
    assert all(part.shape[:3] == (4, 3, 2) and not part.requires_grad for part in kept)


@pytest.mark.parametrize("form", FORMATS)
def test_smaller_formats_stay_within_their_error(
    encoder: Encoder, observe: Observe, form: Any
) -> None:
    rgb = observe()["rgb"]
    exact = encoder.frozen_features(rgb)
    parts = iter(encoder.frozen_features(rgb, format=form))
    restored = [part.float() * (next(parts) if form == "int8" else 1) for part in parts]
    for feature, approximation in zip(exact, restored, strict=True):
        allowed = FORMATS[form] * feature.abs().amax(dim=-1, keepdim=True) * 1.001 + 2**-25
        assert ((feature - approximation).abs() <= allowed).all()


@pytest.mark.parametrize("form", ["float16", "bfloat16", "int8"])
def test_smaller_formats_are_accepted(encoder: Encoder, observe: Observe, form: Any) -> None:
    observation = observe()
    encoder.eval()
    kept = encoder.frozen_features(observation["rgb"], format=form)
    features = encoder(observation, kept).features
    assert features.dtype == torch.float32
    torch.testing.assert_close(features, encoder(observation).features, rtol=0.1, atol=0.05)


def test_ten_training_steps_leave_the_frozen_part_alone(encoder: Encoder, observe: Observe) -> None:
    frozen_before = hash_of(frozen_state(encoder))
    trained_before = hash_of(encoder.trainable_state_dict()) if has_trained(encoder) else ""
    parameters = [*encoder.trainable_parameters(), torch.nn.Parameter(torch.zeros(1))]
    optimizer = torch.optim.Adam(parameters, lr=1e-2)
    encoder.train()
    for _ in range(10):
        loss = (encoder(observe(batch=2)).features + parameters[-1]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert hash_of(frozen_state(encoder)) == frozen_before
    if has_trained(encoder):
        assert hash_of(encoder.trainable_state_dict()) != trained_before


def has_trained(encoder: Encoder) -> bool:
    return any(True for _ in encoder.trainable_parameters())


def test_frozen_backbone_gets_no_gradient(encoder: Encoder, observe: Observe) -> None:
    if not has_trained(encoder):
        pytest.skip("this encoder has nothing to train")
    encoder.train()
    encoder(observe()).features.square().sum().backward()
    with_gradient = {k for k, p in encoder.named_parameters() if p.grad is not None}
    trainable = {k for k, p in encoder.named_parameters() if not k.startswith("backbone.")}
    assert with_gradient == trainable


def test_train_leaves_a_frozen_backbone_in_evaluation_mode(encoder: Encoder) -> None:
    encoder.train()
    assert encoder.training
    if encoder.backbone is not None:
        assert not any(module.training for module in encoder.backbone.network.modules())


def test_trainable_state_round_trips(
    encoder: Encoder, observe: Observe, build: Callable[..., Encoder], request: Any
) -> None:
    state = safetensors.torch.load(safetensors.torch.save(encoder.trainable_state_dict()))
    assert not any(key.startswith("backbone.") for key in state)
    name, backbone = request.node.callspec.params["encoder"]
    torch.manual_seed(1)
    other = build(name, backbone)
    if encoder.backbone is not None and other.backbone is not None:
        other.backbone.load_state_dict(encoder.backbone.state_dict())
    other.load_trainable_state_dict(state)
    observation = observe()
    expected = encoder.eval()(observation).features
    torch.testing.assert_close(other.eval()(observation).features, expected)


def test_evaluation_is_deterministic(encoder: Encoder, observe: Observe) -> None:
    observation = observe()
    encoder.eval()
    first, second = encoder(observation), encoder(observation)
    assert torch.equal(first.features, second.features)


def test_samples_do_not_influence_each_other(encoder: Encoder, observe: Observe) -> None:
    observation = observe()
    encoder.eval()
    alone = encoder({key: value[2:3] for key, value in observation.items()})
    together = encoder(observation)
    torch.testing.assert_close(alone.features[0], together.features[2])


def test_every_frame_and_view_matters(encoder: Encoder, observe: Observe) -> None:
    observation = observe(batch=1)
    encoder.eval()
    before = encoder(observation).features
    for frame, view in product(range(3), range(2)):
        changed = {key: value.clone() for key, value in observation.items()}
        changed["rgb"][0, frame, view] = 255 - changed["rgb"][0, frame, view]
        assert not torch.allclose(encoder(changed).features, before)


def test_proprioception_is_in_the_features_unchanged(encoder: Encoder, observe: Observe) -> None:
    observation = observe()
    encoder.eval()
    changed = {**observation, "proprioception": observation["proprioception"] + 100}
    difference = encoder(changed).features - encoder(observation).features
    moved = difference.abs() > 1
    copies = moved.sum(dim=1)
    assert (copies % (3 * 5) == 0).all()
    assert (copies > 0).all()
    torch.testing.assert_close(
        difference[moved], torch.full((int(moved.sum()),), 100.0), rtol=0, atol=1e-3
    )


def test_fingerprint_names_the_weights(encoder: Encoder, build: Callable[..., Encoder]) -> None:
    fingerprint = encoder.backbone_fingerprint()
    if encoder.backbone is None:
        assert fingerprint == {}
        return
    assert fingerprint["weights"] == "random"
    assert len(fingerprint["sha256"]) == 64
    with torch.no_grad():
        next(iter(encoder.backbone.parameters())).add_(1)
    assert encoder.backbone_fingerprint()["sha256"] != fingerprint["sha256"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rgb", torch.zeros(4, 3, 2, 3, 64, 96), "rgb: expected uint8"),
        (
            "rgb",
            torch.zeros(4, 3, 1, 3, 64, 96, dtype=torch.uint8),
            r"rgb: expected shape \(B, 3, 2",
        ),
        ("proprioception", torch.zeros(4, 3, 4), r"proprioception: expected shape \(B, 3, 5\)"),
    ],
)
def test_wrong_observations_are_named(
    encoder: Encoder, observe: Observe, key: str, value: Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        encoder({**observe(), key: value})


def test_missing_entry_is_named(encoder: Encoder, observe: Observe) -> None:
    observation = observe()
    del observation["proprioception"]
    with pytest.raises(ValueError, match="proprioception: missing"):
        encoder(observation)


def test_features_of_other_frames_are_refused(encoder: Encoder, observe: Observe) -> None:
    if not encoder.has_frozen_part:
        pytest.skip("this encoder keeps no features")
    observation = observe()
    kept = encoder.frozen_features(observation["rgb"][:, :1])
    with pytest.raises(ValueError, match=r"frozen\[0\]: expected the leading axes \(4, 3, 2\)"):
        encoder(observation, kept)


def test_foreign_state_is_refused(encoder: Encoder) -> None:
    with pytest.raises(ValueError, match="differs from this encoder"):
        encoder.load_trainable_state_dict({"stranger": torch.zeros(1)})


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_runs_on_a_gpu(encoder: Encoder, observe: Observe) -> None:
    observation = observe()
    expected = encoder.eval()(observation).features
    encoder.cuda()
    moved = {key: value.cuda() for key, value in observation.items()}
    features = encoder(moved, encoder.frozen_features(moved["rgb"])).features
    torch.testing.assert_close(features.cpu(), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("name", "backbone"), CASES)
def test_axes_of_one_frame_and_one_view_may_be_missing(
    name: str, backbone: str, build: Callable[..., Encoder], observe: Observe
) -> None:
    single = build(name, backbone, num_frames=1, num_views=1).eval()
    full = observe(num_frames=1, num_views=1)
    plain = {
        "rgb": full["rgb"][:, 0, 0],
        "depth": full["depth"][:, 0, 0],
        "proprioception": full["proprioception"][:, 0],
    }
    torch.testing.assert_close(single(plain), single(full))
    frozen = single.frozen_features(plain["rgb"])
    torch.testing.assert_close(frozen, single.frozen_features(full["rgb"]))
    torch.testing.assert_close(single(plain, frozen).features, single(full).features)


def test_axes_of_several_views_may_not_be_missing(
    build: Callable[..., Encoder], observe: Observe
) -> None:
    observation = observe(num_frames=1)
    observation["rgb"] = observation["rgb"][:, 0, 0]
    with pytest.raises(ValueError, match=r"rgb: expected shape \(B, 1, 2, 3, 64, 96\), got"):
        build("impala", num_frames=1)(observation)
