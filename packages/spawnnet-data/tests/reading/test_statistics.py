from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.reading.statistics import FieldStatistics, compute_statistics
from spawnnet_data.sources.formats import open_source


@pytest.fixture
def shown(tmp_path: Path, write: SimpleNamespace) -> Demonstrations:
    write.original(tmp_path, lengths=(70, 1, 130))
    source = open_source(tmp_path)
    return Demonstrations(source, infer_mapping(source))


def test_streamed_statistics_equal_those_of_everything_at_once(shown: Demonstrations) -> None:
    statistics = compute_statistics(shown)
    for found, read in (
        (statistics.actions, shown.actions),
        (statistics.proprioception, shown.proprioception),
    ):
        values = np.concatenate([read(i) for i in range(3)]).astype(np.float64)
        assert found.count == 201
        np.testing.assert_allclose(found.minimum, values.min(0))
        np.testing.assert_allclose(found.maximum, values.max(0))
        np.testing.assert_allclose(found.mean, values.mean(0), atol=1e-12)
        np.testing.assert_allclose(found.std, values.std(0))
        # One bin, and what lies between two neighbouring values.
        width = np.ptp(values, axis=0) / 4096
        for quantile, q in ((found.q01, 1), (found.q99, 99)):
            low = np.percentile(values, q, axis=0, method="lower") - width
            high = np.percentile(values, q, axis=0, method="higher") + width
            assert (low <= quantile).all()
            assert (quantile <= high).all()


def test_large_offset_loses_no_precision(tmp_path: Path) -> None:
    import h5py

    values = 1e4 + np.random.default_rng(0).normal(size=(500, 1)).astype(np.float32)
    for i, part in enumerate(np.split(values, 5)):
        with h5py.File(tmp_path / f"{i}.h5", "w") as file:
            file["actions"] = part
    source = open_source(tmp_path)
    found = compute_statistics(Demonstrations(source, KeyMapping({}, ("actions",)))).actions
    np.testing.assert_allclose(found.std, values.astype(np.float64).std(0), rtol=1e-6)


def test_no_proprioception_has_no_statistics(shown: Demonstrations) -> None:
    found = compute_statistics(Demonstrations(shown.source, KeyMapping({}, ("actions",))))
    assert found.proprioception.mean == ()


def test_statistics_of_an_array_are_those_of_its_episodes(shown: Demonstrations) -> None:
    values = np.concatenate([shown.actions(i) for i in range(3)])
    found, expected = FieldStatistics.of(values), compute_statistics(shown).actions
    assert found.count == expected.count
    for name in ("minimum", "maximum", "mean", "std", "q01", "q99"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)


def test_statistics_are_computed_in_float64() -> None:
    values = np.array([[1e8 + i, 1] for i in range(4)], np.float64)
    found = FieldStatistics.of(values)
    np.testing.assert_allclose(found.std, [np.sqrt(1.25), 0])


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros((0, 2)), np.array([[np.nan]])])
def test_what_is_no_table_of_numbers_has_no_statistics(values: np.ndarray) -> None:
    with pytest.raises(ValueError, match="values must be"):
        FieldStatistics.of(values)
