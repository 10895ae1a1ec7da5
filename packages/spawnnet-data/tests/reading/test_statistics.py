from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.mapping import KeyMapping, infer_mapping
from spawnnet_data.reading.statistics import compute_statistics
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
