from collections.abc import Callable
from typing import Any

import pytest
import torch

from spawnnet_train.config.errors import DivergenceError
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.learner import Learner
from spawnnet_train.learning.optimization import OptimizerConfig, ScheduleConfig
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student
from spawnnet_train.student.targets import PrivilegedTargetsConfig, TargetHeads

B, V, H, W, S, A = 6, 2, 32, 48, 3, 4


@pytest.fixture
def batch() -> Batch:
    generator = torch.Generator().manual_seed(1)
    observation = {
        "rgb": torch.randint(0, 256, (B, 1, V, 3, H, W), dtype=torch.uint8, generator=generator),
        "depth": torch.rand(B, 1, V, 1, H, W, generator=generator),
        "proprioception": torch.randn(B, 1, S, generator=generator),
    }
    actions = torch.rand(B, 1, A, generator=generator)
    return Batch(FrameStack(observation, ()), actions, torch.ones(B, 1, dtype=torch.bool))


def learner(student: Student, **options: Any) -> Learner:
    settings = {"optimizer": OptimizerConfig(lr=1e-3), "clip_grad_norm": None, **options}
    return Learner(student, LearningConfig(**settings), periods=[50])


def test_updates_reduce_the_loss(make_student: Callable[..., Student], batch: Batch) -> None:
    learning = learner(make_student("impala"), optimizer=OptimizerConfig(lr=3e-3))
    losses = [learning.update(batch).loss for _ in range(20)]
    assert losses[-1] < 0.5 * losses[0]
    assert learning.num_updates == 20


def test_the_gradient_of_encoder_and_policy_together_is_clipped(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala")
    found = learner(student, clip_grad_norm=1e-3).update(batch)
    gradients = [p.grad.norm() for p in student.trainable_parameters() if p.grad is not None]
    assert len(gradients) == len(student.trainable_parameters())
    assert found.grad_norm > 1e-2
    assert torch.stack(gradients).norm() == pytest.approx(1e-3, rel=1e-3)


def test_the_original_clips_the_policy_alone(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    def norms(**options: Any) -> tuple[float, float]:
        student = make_student("impala")
        learner(student, **options).update(batch)
        parts = (student.encoder, student.policy)
        return tuple(  # type: ignore[return-value]
            float(
                torch.stack([p.grad.norm() for p in part.parameters() if p.grad is not None]).norm()
            )
            for part in parts
        )

    encoder, policy = norms()
    limit = policy / 2
    clipped = norms(clip_grad_norm=limit, original_clipping=True)
    assert clipped == pytest.approx((encoder, limit), rel=1e-3)


def test_without_a_limit_the_gradient_is_left_alone(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala")
    found = learner(student).update(batch)
    gradients = [p.grad.norm() for p in student.trainable_parameters() if p.grad is not None]
    assert torch.stack(gradients).norm() == pytest.approx(found.grad_norm, rel=1e-4)


def test_the_learning_rate_follows_the_schedule(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    schedule = ScheduleConfig(warmup_updates=2, warmup_factor=0.5)
    learning = learner(make_student("impala"), schedule=schedule)
    rates = []
    for _ in range(3):
        rates.append(learning.lr)
        learning.update(batch)
    assert rates == pytest.approx([5e-4, 7.5e-4, 1e-3])


def test_the_average_acts_and_the_latest_weights_learn(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala")
    learning = learner(student, ema_decay=0.9)
    for _ in range(5):
        learning.update(batch)
    latest = {name: tensor.clone() for name, tensor in student.trainable_state().items()}
    with learning.acting_weights():
        acting = {name: tensor.clone() for name, tensor in student.trainable_state().items()}
    after = student.trainable_state()
    assert all(torch.equal(latest[name], after[name]) for name in latest)
    assert not all(torch.equal(latest[name], acting[name]) for name in latest)


def test_without_an_average_the_latest_weights_act(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala")
    learning = learner(student)
    learning.update(batch)
    before = student.trainable_state()
    with learning.acting_weights():
        acting = student.trainable_state()
    assert all(torch.equal(before[name], acting[name]) for name in before)


def test_whoever_watches_sees_the_batch_and_its_features_before_the_update(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala")
    first = student.trainable_parameters()[0]
    before, seen = first.detach().clone(), []

    def watch(watched: Batch, features: torch.Tensor) -> None:
        assert watched is batch
        assert torch.equal(first, before)
        seen.append(features)

    learner(student).update(batch, watch)
    (features,) = seen
    assert features.shape == (B, student.encoder.output_dim)
    assert not features.requires_grad
    assert not torch.equal(first, before)


@pytest.mark.parametrize("ema_decay", [None, 0.9])
def test_learning_goes_on_exactly_from_its_state(
    make_student: Callable[..., Student], batch: Batch, ema_decay: float | None
) -> None:
    options = {"ema_decay": ema_decay, "schedule": ScheduleConfig(name="cosine", warmup_updates=2)}
    whole, first, second = (make_student("impala") for _ in range(3))
    expected, before, after = (learner(student, **options) for student in (whole, first, second))
    for _ in range(3):
        expected.update(batch)
        before.update(batch)
    tensors, facts = before.state()
    after.load_state({name: tensor.clone() for name, tensor in tensors.items()}, facts)
    second.load_trainable_state(first.trainable_state())
    assert after.num_updates == 3
    assert after.lr == expected.lr
    for _ in range(3):
        assert expected.update(batch) == after.update(batch)
    with expected.acting_weights(), after.acting_weights():
        state = second.trainable_state()
        assert all(torch.equal(t, state[name]) for name, t in whole.trainable_state().items())


@pytest.mark.parametrize(
    ("what", "poison"),
    [
        ("the loss", lambda student, batch: batch.action_chunk.fill_(float("nan"))),
        ("a weight", lambda student, batch: None),
    ],
)
def test_training_stops_at_the_update_that_is_not_finite(
    make_student: Callable[..., Student], batch: Batch, what: str, poison: Callable[..., None]
) -> None:
    student = make_student("impala")
    lr = 1e30 if what == "a weight" else 1e-3
    learning = learner(student, optimizer=OptimizerConfig(lr=lr, weight_decay=1e30 * (lr > 1)))
    if what == "the loss":
        learning.update(batch)
    before = {name: tensor.clone() for name, tensor in student.trainable_state().items()}
    poison(student, batch)
    number = learning.num_updates + 1
    with pytest.raises(DivergenceError, match=rf"update {number}: {what} is not finite at a learn"):
        learning.update(batch)
    if what == "the loss":
        state = student.trainable_state()
        trained = [name for name in state if "running" not in name and "tracked" not in name]
        assert all(torch.equal(state[name], before[name]) for name in trained)


@pytest.mark.parametrize(("weight", "is_probe"), [(0.0, True), (0.5, False)])
def test_a_probe_learns_and_leaves_the_student_as_it_is(
    make_student: Callable[..., Student], batch: Batch, weight: float, is_probe: bool
) -> None:
    plain, probed = make_student("impala"), make_student("impala")
    config = PrivilegedTargetsConfig(names=("handle_offset",), weight=weight)
    probed.targets = TargetHeads(config, probed.encoder.output_dim)
    targets = torch.randn(B, 3, generator=torch.Generator().manual_seed(2))
    before = probed.targets.network[0].weight.detach().clone()
    learners = [learner(each, clip_grad_norm=0.01) for each in (plain, probed)]
    for _ in range(5):
        plain_update = learners[0].update(batch)
        probed_update = learners[1].update(batch._replace(targets=targets))
    kept, found = plain.trainable_state(), probed.trainable_state()
    assert all(torch.equal(found[name], kept[name]) for name in kept) == is_probe
    assert (plain_update.loss == probed_update.loss) == is_probe
    assert not torch.equal(probed.targets.network[0].weight, before)


def scale_by(learning: Learner, scale: float) -> None:
    """Let losses be scaled by a number before their gradient is taken in half precision."""
    scaling = {**learning.state()[1]["scaling"], "scale": scale}
    learning.load_state({}, {"num_updates": 0, "lr": 1e-3, "scaling": scaling})


def first_losses(student: Student, batch: Batch, **options: Any) -> list[float]:
    learning = learner(student, **options)
    if options.get("precision") == "fp16":
        scale_by(learning, 64.0)  # so that nothing overflows
    return [learning.update(batch).loss for _ in range(4)]


@pytest.mark.parametrize(("precision", "tolerance"), [("bf16", 2e-2), ("fp16", 3e-3)])
def test_lower_precision_learns_the_same_within_its_rounding(
    make_student: Callable[..., Student], batch: Batch, precision: Any, tolerance: float
) -> None:
    exact = first_losses(make_student("impala"), batch)
    student = make_student("impala")
    rounded = first_losses(student, batch, precision=precision)
    assert rounded != exact
    assert rounded == pytest.approx(exact, rel=tolerance)
    assert {tensor.dtype for tensor in student.trainable_parameters()} == {torch.float32}


def test_a_gradient_that_overflows_leaves_the_update_out(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    student = make_student("impala")
    learning = learner(student, precision="fp16")
    scale_by(learning, 2.0**40)
    before = [parameter.detach().clone() for parameter in student.trainable_parameters()]
    learning.update(batch)
    assert all(map(torch.equal, before, student.trainable_parameters()))
    assert learning.state()[1]["scaling"]["scale"] == 2.0**39
    assert learning.num_updates == 1


@pytest.mark.long
def test_a_compiled_student_learns_the_same(
    make_student: Callable[..., Student], batch: Batch
) -> None:
    exact = first_losses(make_student("impala"), batch)
    compiled = first_losses(make_student("impala"), batch, compile=True)
    assert compiled == pytest.approx(exact, rel=1e-4)
