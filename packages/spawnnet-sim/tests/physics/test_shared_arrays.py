import numpy as np

from spawnnet_sim.physics.shared_arrays import Field, SharedArrays


def test_views_have_the_shapes_and_see_each_other_s_writes() -> None:
    fields = {
        "mask": Field((3,), np.bool_),
        "poses": Field((3, 2), np.float64),
        "nothing": Field((3, 0, 5), np.uint8),
    }
    shared = SharedArrays(fields)
    one, other = shared.views(), shared.views()
    one["poses"][1] = (2.5, -1.0)
    one["mask"][2] = True
    assert other["poses"].tolist() == [[0.0, 0.0], [2.5, -1.0], [0.0, 0.0]]
    assert other["mask"].tolist() == [False, False, True]
    assert other["nothing"].shape == (3, 0, 5)
    assert other["nothing"].dtype == np.uint8
