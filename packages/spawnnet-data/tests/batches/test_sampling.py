from itertools import chain, pairwise

import numpy as np
import pytest

from spawnnet_data.batches.sampling import BatchRequest, EpochSampler, SampleIndex, SamplingConfig

LENGTHS = np.array([5, 1, 9])


def brute_force(lengths: list[int], stack_idx: list[int], horizon: int) -> list[tuple[object, ...]]:
    """Return (episode, frame steps, action steps, mask) of every sample, by walking."""
    samples = []
    for episode, length in enumerate(lengths):
        for step in range(length):
            history = [0] * max(stack_idx) + list(range(length))
            frames = [history[step + offset] for offset in stack_idx]
            actions, mask = [], []
            for ahead in range(horizon):
                exists = step + ahead < length
                actions.append(step + ahead if exists else length - 1)
                mask.append(exists)
            samples.append((episode, frames, actions, mask))
    return samples


@pytest.mark.parametrize("stack_idx", [[0], [0, 1, 2, 3], [0, 2, 4], [1, 3], [0, 7]])
@pytest.mark.parametrize("horizon", [1, 4, 20])
def test_samples_equal_those_found_by_walking(stack_idx: list[int], horizon: int) -> None:
    index = SampleIndex(LENGTHS, SamplingConfig(stack_idx, horizon))
    everything = np.arange(len(index))
    episodes, steps = index.locate(everything)
    frame_episodes, frames = index.locate(index.frames(everything))
    actions, mask = index.chunks(everything)
    expected = brute_force(LENGTHS.tolist(), stack_idx, horizon)
    assert len(expected) == len(index) == LENGTHS.sum()
    for i, (episode, frame_steps, action_steps, known) in enumerate(expected):
        assert episodes[i] == episode
        assert (frame_episodes[i] == episode).all()
        assert frames[i].tolist() == frame_steps
        assert actions[i].tolist() == action_steps
        assert mask[i].tolist() == known
    assert steps.tolist() == [step for length in LENGTHS for step in range(length)]


def test_contiguous_stack_of_the_original() -> None:
    index = SampleIndex(np.array([4]), SamplingConfig([0, 1, 2, 3]))
    assert index.frames(np.arange(4)).tolist() == [
        [0, 0, 0, 0],
        [0, 0, 0, 1],
        [0, 0, 1, 2],
        [0, 1, 2, 3],
    ]


@pytest.mark.parametrize("stack_idx", [[], [-1, 0], [1, 0], [0, 0]])
def test_impossible_stack_is_refused(stack_idx: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^stack_idx: must be ascending"):
        SamplingConfig(stack_idx)


def test_empty_chunk_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^action_horizon: must be at least 1, got 0"):
        SamplingConfig(action_horizon=0)


def order(sampler: EpochSampler) -> list[list[int]]:
    return [request.samples.tolist() for request in sampler]


@pytest.mark.parametrize("run_length", [1, 4, 50])
@pytest.mark.parametrize("shuffle", [True, False])
def test_every_sample_comes_once_an_epoch(run_length: int, shuffle: bool) -> None:
    sampler = EpochSampler(23, 4, seed=3, shuffle=shuffle, run_length=run_length)
    for sampler.epoch in range(3):
        batches = order(sampler)
        assert [len(batch) for batch in batches] == [4, 4, 4, 4, 4, 3]
        assert len(batches) == len(sampler)
        assert sorted(chain(*batches)) == list(range(23))


def test_order_depends_on_seed_and_epoch_alone() -> None:
    def of(seed: int, epoch: int) -> list[list[int]]:
        sampler = EpochSampler(23, 4, seed=seed)
        sampler.epoch = epoch
        return order(sampler)

    assert of(3, 1) == of(3, 1)
    assert of(3, 1) != of(3, 2)
    assert of(3, 1) != of(4, 1)


def test_unshuffled_order_is_that_of_the_data() -> None:
    assert list(chain(*order(EpochSampler(9, 4, shuffle=False)))) == list(range(9))


def test_runs_stay_together() -> None:
    sampler = EpochSampler(40, 40, seed=1, run_length=8)
    (samples,) = order(sampler)
    jumps = sum(b != a + 1 for a, b in pairwise(samples))
    assert 1 <= jumps <= 5


def test_last_batch_can_be_dropped() -> None:
    sampler = EpochSampler(23, 4, drop_last=True)
    assert [len(batch) for batch in order(sampler)] == [4] * 5 == [4] * len(sampler)


def test_epoch_can_be_taken_up_again() -> None:
    sampler = EpochSampler(23, 4, seed=3)
    everything = order(sampler)
    sampler.first_batch = 4
    assert order(sampler) == everything[4:]


def test_requests_carry_their_epoch() -> None:
    sampler = EpochSampler(3, 2)
    sampler.epoch = 7
    assert {request.epoch for request in sampler} == {7}
    assert isinstance(next(iter(sampler)), BatchRequest)


@pytest.mark.parametrize("sizes", [(0, 4, 1), (9, 0, 1), (9, 4, 0)])
def test_sizes_must_be_positive(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="must be positive, got"):
        EpochSampler(sizes[0], sizes[1], run_length=sizes[2])
