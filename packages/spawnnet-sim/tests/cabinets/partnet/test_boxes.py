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
    def refuse(corners: np.ndarray, what: str) -> np.ndarray:
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
    boxes = boxes_around(np.concatenate(pair), "test")
    assert sorted(round(8 * float(np.prod(box.half)), 6) for box in boxes) == [8e-05, 0.00048]


@pytest.mark.usefixtures("no_coacd")
def test_a_flat_piece_becomes_a_thin_box() -> None:
    (box,) = boxes_around(rectangle((0, 0), (0.4, 0.3)) @ TURN.T, "test")
    np.testing.assert_allclose(sorted(box.half), (THIN, 0.15, 0.2), atol=1e-9)


@pytest.mark.usefixtures("no_coacd")
def test_a_flat_frame_keeps_its_opening() -> None:
    sides = [((0, 0), (1, 0.1)), ((0, 0.9), (1, 1)), ((0, 0.1), (0.2, 0.9)), ((0.8, 0.1), (1, 0.9))]
    boxes = boxes_around(np.concatenate([rectangle(*side) for side in sides]) @ TURN.T, "test")
    point = TURN @ (0.5, 0.5, 0.0)
    assert not any((np.abs((point - b.centre) @ b.axes) < b.half).all() for b in boxes)
    assert sum(8 * np.prod(b.half) for b in boxes) == pytest.approx((1 - 0.48) * 2 * THIN)


@pytest.mark.usefixtures("no_coacd")
def test_an_open_tray_stays_open() -> None:
    tray = block((0.2, 0.3, 0.1), (0, 0, 0))
    tray = tray[~(tray[:, :, 2] > 0.05).all(axis=1)]  # without its lid
    boxes = boxes_around(tray, "test")
    assert len(boxes) == 5
    assert all(min(box.half) == pytest.approx(THIN) for box in boxes)


@pytest.mark.usefixtures("no_coacd")
def test_triangles_without_area_are_ignored() -> None:
    assert boxes_around(np.zeros((2, 3, 3)), "test") == []


@pytest.mark.usefixtures("no_coacd")
def test_triangles_that_are_there_for_both_sides_count_once() -> None:
    board = block((0.2, 0.3, 0.02), (0, 0, 0))
    both = np.concatenate([board, board[:, ::-1]])
    (box,) = boxes_around(both @ TURN.T, "test")
    np.testing.assert_allclose(sorted(box.half), (0.02, 0.2, 0.3), atol=1e-9)


@pytest.mark.usefixtures("no_coacd")
def test_a_thick_piece_that_fills_its_box_is_one_box_whichever_way_its_triangles_look() -> None:
    thick = block((0.2, 0.3, 0.1), (0, 0, 0))
    thick[::2] = thick[::2, ::-1]
    (box,) = boxes_around(thick @ TURN.T, "test")
    np.testing.assert_allclose(sorted(box.half), (0.1, 0.2, 0.3), atol=1e-9)


@pytest.mark.usefixtures("no_coacd")
def test_a_bow_thinner_than_a_board_keeps_the_gap_behind_it() -> None:
    """A bar on two posts, cut out of one plate: all of it hangs together."""
    parts = [((0, 0.04), (0.2, 0.06)), ((0, 0), (0.02, 0.04)), ((0.18, 0), (0.2, 0.04))]
    flat = np.concatenate([rectangle(*part) for part in parts])
    boxes = boxes_around(np.concatenate([flat, flat + np.array([0, 0, 0.02])]) @ TURN.T, "test")
    behind = TURN @ (0.1, 0.02, 0.01)
    assert not any((np.abs((behind - b.centre) @ b.axes) < b.half).all() for b in boxes)
    assert any((np.abs((TURN @ (0.1, 0.05, 0)) - b.centre) @ b.axes < b.half).all() for b in boxes)


def test_a_round_bar_is_gripped_across_sides_of_its_box() -> None:
    angles = np.arange(9) * np.pi / 4 + 0.2
    ring = 0.007 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    sides = []
    for (x0, y0), (x1, y1) in itertools.pairwise(ring):
        a, b, c, d = (x0, y0, 0), (x1, y1, 0), (x1, y1, 0.3), (x0, y0, 0.3)
        sides += [(a, b, c), (a, c, d)]
    box = fit_box(np.array(sides))
    off = np.pi / 8 - 0.2  # of the side nearest to an axis
    assert np.abs(box.axes).max(axis=0) == pytest.approx([np.cos(off), 1, np.cos(off)])


@pytest.mark.parametrize(
    "nothing",
    [np.full((12, 3, 3), 0.01), np.zeros((12, 3, 3)), np.tile([[[0.1, 0, 0]]], (12, 3, 1))],
    ids=["one point", "the origin", "another"],
)
def test_what_coacd_returns_never_becomes_a_flat_box(
    monkeypatch: pytest.MonkeyPatch, nothing: np.ndarray
) -> None:
    line = block((0.3, 0.0, 0.0), (0, 0, 0))
    sheet = block((0.3, 0.2, 0.0), (0, 0, 0))
    good = block((0.3, 0.02, 0.02), (0, 0, 0))
    found = np.stack([good, nothing, line, sheet])
    monkeypatch.setattr(boxes, "decompose", lambda corners, what: found)
    made = boxes_around(bent(), "test")
    assert len(made) == 3
    assert all(box.half.min() > 0 for box in made)
    assert [sorted(box.half.round(3).tolist()) for box in made] == [
        [0.02, 0.02, 0.3],
        [THIN, THIN, 0.3],
        [THIN, 0.2, 0.3],
    ]


def bent() -> np.ndarray:
    """Two beams with a corner in common: closed, and filling little of their box."""
    beams = [(0.3, 0.02, 0.02), (0.02, 0.3, 0.02)]
    return np.concatenate([block(half, half) for half in beams])


def test_random_triangles_never_become_flat_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "decompose", lambda corners, what: np.zeros((0, 12, 3, 3)))
    rng = np.random.default_rng(0)
    for _ in range(200):
        corners = rng.normal(size=(int(rng.integers(1, 12)), 3, 3)) * rng.choice(
            [0, 1e-6, 0.1, 1], 3
        )
        for box in boxes_around(corners, "test"):
            assert box.half.min() > 0
            assert np.isfinite(np.concatenate([box.half, box.centre, box.axes.ravel()])).all()
