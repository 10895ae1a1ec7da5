import numpy as np
import pytest

from spawnnet_sim.cabinets.fronts import GAP, Rectangle, carcass, door, fixed_fronts, panel

FRONT = Rectangle(-0.2, 0.1, 0.8, 1.0)
FACE = Rectangle(-0.5, 0.3, 0.4, 1.2)


@pytest.mark.parametrize("layout", ["stack", "columns", "centre", "corner"])
def test_the_fronts_fill_the_face_without_overlap(layout: str) -> None:
    pieces = fixed_fronts(layout, FACE, FRONT, np.random.default_rng(0))
    area = sum((r.right - r.left) * (r.top - r.bottom) for r in (*pieces, FRONT))
    assert area == pytest.approx((FACE.right - FACE.left) * (FACE.top - FACE.bottom))
    ys, zs = np.meshgrid(np.linspace(-0.499, 0.299, 41), np.linspace(0.401, 1.199, 37))
    covered = sum(
        ((r.left < ys) & (ys < r.right) & (r.bottom < zs) & (zs < r.top)).astype(int)
        for r in (*pieces, FRONT)
    )
    assert covered.max() == 1


def test_neighbouring_panels_leave_a_gap() -> None:
    assert 2 * panel(FRONT).size[1] == pytest.approx(0.3 - GAP)


def test_the_carcass_is_behind_the_face() -> None:
    block = carcass(FACE)
    assert block.position[0] + block.size[0] < 0
    assert block.size[1:] == pytest.approx((0.4, 0.4))


def test_a_door_reaches_from_its_hinge_to_the_free_edge() -> None:
    (leaf,) = door(FRONT, hinge=-0.2)
    assert leaf.position[1] - leaf.size[1] == pytest.approx(GAP / 2)
    assert leaf.position[1] + leaf.size[1] == pytest.approx(0.3 - GAP / 2)
