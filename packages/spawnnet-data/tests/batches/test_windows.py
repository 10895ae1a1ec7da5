import numpy as np
import pytest

from spawnnet_data.batches.windows import SampleIndex, SamplingConfig

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
    actions, _, mask = index.chunks(everything)
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


def test_chunks_are_numbered_through_all_episodes_too() -> None:
    index = SampleIndex(LENGTHS, SamplingConfig(action_horizon=4))
    samples = np.array([14, 0, 5, 3])
    chunks = index.chunks(samples)
    episodes, _ = index.locate(samples)
    starts = np.array([0, 5, 6])
    np.testing.assert_array_equal(chunks.indices, chunks.steps + starts[episodes][:, None])
    assert chunks.indices.tolist() == [[14] * 4, [0, 1, 2, 3], [5] * 4, [3, 4, 4, 4]]


def test_episodes_of_one_length_are_indexed_as_a_buffer_lays_them_out() -> None:
    num_episodes, length = 3, 4
    buffer = np.arange(num_episodes * length).reshape(num_episodes, length)
    index = SampleIndex([length] * num_episodes, SamplingConfig((0, 1), action_horizon=3))
    samples = np.arange(len(index))
    steps, indices, mask = index.chunks(samples)
    episodes, _ = index.locate(samples)
    np.testing.assert_array_equal(buffer.ravel()[indices], buffer[episodes[:, None], steps])
    frames = index.frames(samples)
    np.testing.assert_array_equal(frames[:, 1], samples)
    np.testing.assert_array_equal(frames[:, 0], samples - (samples % length > 0))
    assert mask.sum() == num_episodes * (3 + 3 + 2 + 1)


@pytest.mark.parametrize("lengths", [[], [3, 0]])
def test_every_episode_has_a_time_step(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="lengths must be positive"):
        SampleIndex(lengths, SamplingConfig())
