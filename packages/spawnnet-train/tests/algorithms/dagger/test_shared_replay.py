import numpy as np
import pytest
import torch

from spawnnet_data import SamplingConfig
from spawnnet_jobs.together.ranks import Share
from spawnnet_train.algorithms.dagger.replay import ReplayBuffer, ReplayConfig
from spawnnet_train.algorithms.dagger.shared_replay import SharedReplay
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.frames import Frame

N, L, S, A, B = 5, 3, 4, 2, 64


def step(rollout: int, time: int, share: Share) -> Step:
    """Return a step of some environments whose label says rollout, environment and time."""
    code = torch.tensor([100 * rollout + 10 * env + time for env in range(N)][share.slice])
    observation = {
        "rgb": torch.zeros(share.size, 1, 3, 4, 6, dtype=torch.uint8),
        "proprioception": code.float().view(-1, 1).expand(-1, S),
    }
    label = code.float().view(-1, 1).expand(-1, A).numpy()
    never = np.zeros(share.size, bool)
    return Step(Frame(observation, ()), label, never, None, never, {}, {})


def shared(share: Share, num_rollouts: int, capacity: int) -> tuple[SharedReplay, ReplayBuffer]:
    shares = SharedReplay(share, capacity)
    config = ReplayConfig(capacity_episodes=shares.own_capacity)
    buffer = ReplayBuffer(config, L, SamplingConfig((0,), 2))
    for rollout in range(num_rollouts):
        buffer.add_rollout(step(rollout, time, share) for time in range(L))
    return shares, buffer


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(3)


@pytest.mark.parametrize("capacity", [3, 5, 8, 100])
@pytest.mark.parametrize("sizes", [(5,), (2, 3), (1, 3, 1)])
def test_shares_of_a_batch_are_what_one_buffer_gives(sizes: tuple[int, ...], capacity: int) -> None:
    num_rollouts = 4
    whole, buffer = shared(Share.whole(N), num_rollouts, capacity)
    expected, places = whole.sample(buffer, B, num_rollouts, generator())
    assert places.tolist() == list(range(B))
    found = torch.full((B, 2, A), float("nan"))
    for index, size in enumerate(sizes):
        share = Share(sum(sizes[:index]), size, N)
        shares, buffer = shared(share, num_rollouts, capacity)
        batch, places = shares.sample(buffer, B, num_rollouts, generator())
        found[places] = batch.action_chunk
        assert shares.num_episodes(num_rollouts) == min(capacity, 4 * N)
    assert torch.equal(found, expected.action_chunk)
    kept = {
        100 * rollout + 10 * env + time
        for rollout in range(4)
        for env in range(N)
        for time in range(L)
    }
    oldest = sorted({code // 10 for code in kept})[-capacity:]
    assert set((found[:, 0, 0] // 10).int().tolist()) <= set(oldest)


def test_drawing_reaches_every_step_that_is_kept() -> None:
    shares, buffer = shared(Share.whole(N), 2, capacity=7)
    first = shares.sample(buffer, 600, 2, generator())[0].action_chunk
    assert len(set(first[:, 0, 0].tolist())) == 7 * L == len(buffer)


def test_a_process_without_a_sample_has_one_that_is_masked() -> None:
    shares, buffer = shared(Share(0, 1, N), 1, capacity=100)
    for seed in range(20):
        batch, places = shares.sample(buffer, 2, 1, torch.Generator().manual_seed(seed))
        assert (batch.action_chunk[:, 0, 0] < 10).all()
        if not batch.mask.any():
            break
    assert len(places) == len(batch.mask) == 1
    assert not batch.mask.any()
