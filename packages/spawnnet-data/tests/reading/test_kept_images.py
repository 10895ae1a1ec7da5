import copy
import pickle
from typing import Any

import numpy as np
import pytest

from spawnnet_data.reading.kept_images import KeptImages

LENGTHS = np.array([3, 5, 2], np.int64)


class Reader:
    """Reads images whose pixels say which they are, and counts them."""

    def __init__(self) -> None:
        self.read: list[tuple[int, int]] = []

    def __call__(self, episode: int, steps: Any, out: Any = None) -> Any:
        self.read += [(episode, step) for step in steps.tolist()]
        images = np.full((len(steps), 2, 4), 10 * episode, np.uint8)
        images += steps.astype(np.uint8)[:, None, None]
        if out is not None:
            out[:] = images
        return images if out is None else out


def test_each_image_is_read_once() -> None:
    reader = Reader()
    kept: KeptImages[np.uint8] = KeptImages(reader, LENGTHS, (2, 4), np.uint8)
    out = np.zeros((3, 2, 4), np.uint8)
    assert kept.read(1, np.array([4, 0, 4]), out) is out
    assert out[:, 1, 3].tolist() == [14, 10, 14]
    assert kept.read(1, np.array([0, 2, 4]))[:, 0, 0].tolist() == [10, 12, 14]
    assert kept.read(2, np.array([1]))[:, 0, 0].tolist() == [21]
    assert reader.read == [(1, 0), (1, 4), (1, 2), (2, 1)]


def test_images_of_all_episodes_are_there_once_each_was_read() -> None:
    kept: KeptImages[np.uint8] = KeptImages(Reader(), LENGTHS, (2, 4), np.uint8)
    kept.read(1, np.array([4, 0]))
    images = LENGTHS[0] + np.array([4, 0, 4])
    found = kept.rows(images)
    assert found is not None
    assert found[:, 1, 3].tolist() == [14, 10, 14]
    assert kept.rows(images - 1) is None


def test_a_copy_for_a_worker_keeps_nothing() -> None:
    kept: KeptImages[np.uint8] = KeptImages(Reader(), LENGTHS, (2, 4), np.uint8)
    kept.read(0, np.array([1]))
    copied = copy.deepcopy(kept)  # goes through the same state as a pickle
    for _ in range(2):
        assert copied.read(0, np.array([1]))[0, 0, 0] == 1
    assert copied._load.read == [(0, 1)] * 3
    assert len(pickle.dumps(kept)) < 1000


def test_an_image_that_cannot_be_read_is_not_taken_for_read() -> None:
    def broken(episode: int, steps: Any, out: Any = None) -> Any:
        raise OSError(episode)

    kept: KeptImages[np.uint8] = KeptImages(broken, LENGTHS, (2, 4), np.uint8)
    for _ in range(2):
        with pytest.raises(OSError, match=r"1"):
            kept.read(1, np.array([0]))
