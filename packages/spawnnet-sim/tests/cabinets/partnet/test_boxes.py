import itertools

import numpy as np
import pytest

from spawnnet_sim.cabinets.partnet import boxes
from spawnnet_sim.cabinets.partnet.boxes import THIN, boxes_around, fit_box
from spawnnet_sim.cabinets.partnet.urdf import turn

TURN = turn(0, 0.3) @ turn(1, 0.5) @ turn(2, 0.7)


def block(half: tuple[float, float, float], centre: tuple[float, float, float]) -> np.ndarray:
    """Return the twelve triangles of a box."""
    corner = np.array(list(itertools.product((-1, 1), repeat=3))) * half + np.array(centre)
    faces = [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1)]
    faces += [(2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4), (1, 5, 7), (1, 7, 3)]
    return corner[np.array(faces)]


def rectangle(low: tuple[float, float], high: tuple[float, float]) -> np.ndarray:
    (a, b), (c, d) = low, high
    corner = np.array([[a, b, 0], [c, b, 0], [c, d, 0], [a, d, 0]])
    return corner[np.array([[0, 1, 2], [0, 2, 3]])]


@pytest.fixture
def no_coacd(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(corners: np.ndarray) -> np.ndarray:
        raise AssertionError("This is too simple for CoACD.")

    monkeypatch.setattr(boxes, "decompose", refuse)


def test_a_turned_box_is_found_exactly() -> None:
    box = fit_box(block((0.1, 0.2, 0.3), (1.0, 2.0, 3.0)) @ TURN.T)
    np.testing.assert_allclose(sorted(box.half), (0.1, 0.2, 0.3), atol=1e-9)
    np.testing.assert_allclose(box.centre, TURN @ (1.0, 2.0, 3.0), atol=1e-9)
    assert np.linalg.det(box.axes) == pytest.approx(1)


@pytest.mark.usefixtures("no_coacd")
def test_pieces_that_do_not_touch_get_boxes_of_their_own() -> None:
    pair = [block((0.1, 0.02, 0.03), (0, 0, 0)), block((0.01, 0.02, 0.05), (0.3, 0, 0))]
    boxes = boxes_around(np.concatenate(pair))
    assert sorted(round(8 * float(np.prod(box.half)), 6) for box in boxes) == [8e-05, 0.00048]


@pytest.mark.usefixtures("no_coacd")
def test_a_flat_piece_becomes_a_thin_box() -> None:
    (box,) = boxes_around(rectangle((0, 0), (0.4, 0.3)) @ TURN.T)
    np.testing.assert_allclose(sorted(box.half), (THIN, 0.15, 0.2), atol=1e-9)


@pytest.mark.usefixtures("no_coacd")
def test_a_flat_frame_keeps_its_opening() -> None:
    sides = [((0, 0), (1, 0.1)), ((0, 0.9), (1, 1)), ((0, 0.1), (0.2, 0.9)), ((0.8, 0.1), (1, 0.9))]
    boxes = boxes_around(np.concatenate([rectangle(*side) for side in sides]) @ TURN.T)
    point = TURN @ (0.5, 0.5, 0.0)
    assert not any((np.abs((point - b.centre) @ b.axes) < b.half).all() for b in boxes)
    assert sum(8 * np.prod(b.half) for b in boxes) == pytest.approx((1 - 0.48) * 2 * THIN)


@pytest.mark.usefixtures("no_coacd")
def test_an_open_tray_stays_open() -> None:
    tray = block((0.2, 0.3, 0.1), (0, 0, 0))
    tray = tray[~(tray[:, :, 2] > 0.05).all(axis=1)]  # without its lid
    boxes = boxes_around(tray)
    assert len(boxes) == 5
    assert all(min(box.half) == pytest.approx(THIN) for box in boxes)


@pytest.mark.usefixtures("no_coacd")
def test_triangles_without_area_are_ignored() -> None:
    assert boxes_around(np.zeros((2, 3, 3))) == []
