from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spawnnet_data import SamplingConfig
from spawnnet_train.algorithms.dagger.replay import ReplayBuffer, ReplayConfig
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.frames import Frame

N, L, V, S, A = 2, 5, 3, 4, 2


def step(rollout: int, time: int) -> Step:
    """Return a step whose every value says which rollout, environment and time it is from."""
    code = torch.tensor([100 * rollout + 10 * env + time for env in range(N)])
    observation = {
        "rgb": code.to(torch.uint8).view(N, 1, 1, 1, 1).expand(N, V, 3, 6, 7),
        "depth": (code / 64).view(N, 1, 1, 1, 1).expand(N, V, 1, 6, 7),
        "proprioception": code.float().view(N, 1).expand(N, S),
    }
    frozen = (code.half().view(N, 1, 1, 1).expand(N, V, 8, 9),)
    label = code.float().view(N, 1).expand(N, A).numpy()
    never = np.zeros(N, bool)
    quantities = {"opened": code.float().view(N, 1).numpy()}
    return Step(Frame(observation, frozen), label, never, None, never, {}, quantities)


def filled(
    num_rollouts: int,
    *,
    stack_idx: tuple[int, ...] = (0,),
    action_horizon: int = 1,
    folder: Path | None = None,
    **options: Any,
) -> ReplayBuffer:
    config = ReplayConfig(**{"capacity_episodes": 100, **options})
    buffer = ReplayBuffer(config, L, SamplingConfig(stack_idx, action_horizon), folder, ("opened",))
    for rollout in range(num_rollouts):
        buffer.add_rollout(step(rollout, time) for time in range(L))
    return buffer


def codes(num_rollouts: int) -> list[list[int]]:
    """Return the codes of all episodes, in the order in which they are kept."""
    return [
        [100 * rollout + 10 * env + time for time in range(L)]
        for rollout in range(num_rollouts)
        for env in range(N)
    ]


@pytest.mark.parametrize("stack_idx", [(0,), (0, 1, 2), (0, 3), (1, 2, 5)])
@pytest.mark.parametrize("action_horizon", [1, 4, 7])
def test_batches_equal_those_put_together_one_by_one(
    stack_idx: tuple[int, ...], action_horizon: int
) -> None:
    buffer = filled(2, stack_idx=stack_idx, action_horizon=action_horizon)
    batch = buffer.batch(torch.arange(len(buffer)))
    row = 0
    for episode in codes(2):
        for now in range(L):
            seen = [episode[max(0, now + offset - stack_idx[-1])] for offset in stack_idx]
            ahead = [episode[min(L - 1, now + k)] for k in range(action_horizon)]
            observation, frozen = batch.stack
            assert observation["rgb"][row, :, 2, 1, 3, 4].tolist() == seen
            assert observation["depth"][row, :, 0, 0, 5, 6].tolist() == [c / 64 for c in seen]
            assert observation["proprioception"][row, :, 3].tolist() == seen
            assert frozen[0][row, :, 1, 7, 8].tolist() == seen
            assert batch.action_chunk[row, :, 1].tolist() == ahead
            assert batch.mask[row].tolist() == [now + k < L for k in range(action_horizon)]
            row += 1
    assert row == len(buffer)


@pytest.mark.parametrize("keep_every", [2, 3])
def test_of_frames_only_every_kth_is_kept_and_of_actions_all(keep_every: int) -> None:
    stack_idx = (0, keep_every)
    buffer = filled(2, stack_idx=stack_idx, action_horizon=4, keep_every=keep_every)
    batch = buffer.batch(torch.arange(len(buffer)))
    row = 0
    for episode in codes(2):
        for now in range(0, L, keep_every):
            seen = [episode[max(0, now - keep_every)], episode[now]]
            ahead = [episode[min(L - 1, now + k)] for k in range(4)]
            assert batch.stack.observation["proprioception"][row, :, 3].tolist() == seen
            assert batch.stack.frozen[0][row, :, 1, 7, 8].tolist() == seen
            assert batch.action_chunk[row, :, 1].tolist() == ahead
            assert batch.mask[row].tolist() == [now + k < L for k in range(4)]
            assert batch.targets is not None
            assert batch.targets[row].tolist() == [episode[now]]
            row += 1
    assert row == len(buffer)


def test_shapes_and_dtypes_are_those_that_encoder_and_policy_take() -> None:
    buffer = filled(1, stack_idx=(0, 1), action_horizon=3)
    batch = buffer.batch(torch.arange(11) % len(buffer))
    observation, frozen = batch.stack
    assert observation["rgb"].shape == (11, 2, V, 3, 6, 7)
    assert observation["rgb"].dtype == torch.uint8
    assert observation["depth"].shape == (11, 2, V, 1, 6, 7)
    assert observation["depth"].dtype == torch.float32
    assert frozen[0].shape == (11, 2, V, 8, 9)
    assert frozen[0].dtype == torch.float16
    assert batch.action_chunk.shape == (11, 3, A)
    assert batch.mask.dtype == torch.bool


def test_the_oldest_episodes_make_room_and_episodes_stay_whole() -> None:
    buffer = filled(4, capacity_episodes=5, stack_idx=(0, 1), action_horizon=2)
    assert len(buffer) == 5 * L
    batch = buffer.batch(torch.arange(len(buffer)))
    kept = [code for episode in codes(4)[-5:] for code in episode]
    assert batch.stack.observation["proprioception"][:, -1, 0].tolist() == kept
    same_episode = batch.stack.observation["proprioception"][:, :, 0] // 10
    assert (same_episode[:, 0] == same_episode[:, 1]).all()
    assert (batch.action_chunk[:, 0] // 10 == batch.action_chunk[:, 1] // 10).all()


def test_depth_in_half_precision_is_within_half_a_millimetre_below_two_metres() -> None:
    depth = torch.linspace(0.05, 2, 10_000)
    assert (depth.half().float() - depth).abs().max() <= 0.0005


def test_a_rollout_of_another_length_is_refused() -> None:
    buffer = filled(0)
    with pytest.raises(ValueError, match=r"Expected 5 steps, got 4\."):
        buffer.add_rollout(step(0, time) for time in range(L - 1))


@pytest.mark.parametrize(("name", "atol"), [("float16", 0.0005), ("float32", 0)])
def test_kept_depth_is_as_precise_as_asked_for(name: Any, atol: float) -> None:
    buffer = filled(1, depth_dtype=name)
    depth = buffer.batch(torch.arange(len(buffer))).stack.observation["depth"]
    assert depth.dtype == torch.float32
    expected = torch.tensor([code / 64 for episode in codes(1) for code in episode])
    torch.testing.assert_close(depth[:, 0, 0, 0, 0, 0], expected, rtol=0, atol=atol)


def test_memory_is_that_of_one_frame_per_step() -> None:
    deep = filled(1, stack_idx=(0, 1, 2, 3), action_horizon=4)
    flat = filled(1)
    assert deep.nbytes == flat.nbytes


def tensors(buffer: ReplayBuffer) -> dict[str, torch.Tensor]:
    """Return every sample that is kept, part by part."""
    batch = buffer.batch(torch.arange(len(buffer)))
    frozen = {f"frozen {i}": part for i, part in enumerate(batch.stack.frozen)}
    return {**batch.stack.observation, **frozen, "actions": batch.action_chunk}


@pytest.mark.parametrize("frozen", ["memory", "disk"])
@pytest.mark.parametrize("images", ["memory", "disk"])
def test_batches_are_the_same_wherever_they_are_kept(
    tmp_path: Path, images: str, frozen: str
) -> None:
    settings: dict[str, Any] = {"stack_idx": (0, 2), "action_horizon": 3, "capacity_episodes": 5}
    expected = tensors(filled(4, **settings))
    found = tensors(filled(4, images=images, frozen=frozen, folder=tmp_path, **settings))
    assert found.keys() == expected.keys()
    for name, part in expected.items():
        assert torch.equal(found[name], part), name
    assert {path.name for path in tmp_path.iterdir()} == {
        *(("frames", "actions") if images == "disk" else ()),
        *(("frozen",) if frozen == "disk" else ()),
    }


@pytest.mark.parametrize("frozen", ["disk", "none"])
def test_a_buffer_on_disk_is_gone_on_with(tmp_path: Path, frozen: str) -> None:
    options: dict[str, Any] = {"images": "disk", "frozen": frozen, "folder": tmp_path}
    buffer = filled(3, **options)
    again = filled(0, **options)
    assert again.has_files
    again.go_on(3 * N)
    for name, part in tensors(buffer).items():
        assert torch.equal(tensors(again)[name], part), name
    earlier = filled(0, **options)
    earlier.go_on(N)
    assert len(earlier) == N * L
    assert tensors(earlier)["actions"][:, 0, 0].tolist() == [c for e in codes(1) for c in e]


def test_features_that_are_not_kept_are_not_there() -> None:
    buffer = filled(1, frozen="none")
    assert buffer.batch(torch.arange(3)).stack.frozen == ()


def test_a_rollout_may_have_more_episodes_than_are_kept() -> None:
    buffer = filled(2, capacity_episodes=1)
    kept = buffer.batch(torch.arange(len(buffer))).action_chunk[:, 0, 0].tolist()
    assert kept == codes(2)[-1]
