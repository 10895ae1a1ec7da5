from itertools import chain, pairwise

import pytest

from spawnnet_data.batches.sampler import BatchRequest, EpochSampler
from spawnnet_data.common.errors import ConfigurationError


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
    with pytest.raises(ConfigurationError, match=r"(num_samples|batch_size|run_length): must be"):
        EpochSampler(sizes[0], sizes[1], run_length=sizes[2])


@pytest.mark.parametrize("num_parts", [1, 2, 3])
def test_parts_of_a_batch_together_are_the_batch(num_parts: int) -> None:
    whole = order(EpochSampler(23, 7, seed=3, run_length=2))
    samplers = [
        EpochSampler(23, 7, seed=3, run_length=2, part=(k, num_parts)) for k in range(num_parts)
    ]
    parts = [
        [[] if request.is_padding else request.samples.tolist() for request in sampler]
        for sampler in samplers
    ]
    assert [list(chain(*pieces)) for pieces in zip(*parts, strict=True)] == whole
    sizes = [[len(batch) for batch in part] for part in parts]
    assert max(max(a) - min(a) for a in zip(*sizes, strict=True)) <= 1


def test_a_part_without_a_sample_is_padding() -> None:
    requests = [list(EpochSampler(5, 4, shuffle=False, part=(k, 3)))[-1] for k in range(3)]
    assert [request.is_padding for request in requests] == [True, True, False]
    assert [request.samples.tolist() for request in requests] == [[4], [4], [4]]


def test_a_part_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^part: .* got \(3, 3\)"):
        EpochSampler(5, 4, part=(3, 3))
