import hashlib
import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from spawnnet_sim import CabinetSpec, generate_cabinets, list_cabinet_sets
from spawnnet_sim.cabinets.procedural import SETS

# Computed once; a set never changes under its name, on any machine.
FINGERPRINTS = {
    "door-held-out-v1": "b929920765ff18f9",
    "door-train-v1": "f0ca32d4c1077991",
    "drawer-held-out-v1": "f6021c1c8a3b9ae7",
    "drawer-train-v1": "d995166c96bfdc9c",
}


def fingerprint(cabinets: tuple[CabinetSpec, ...]) -> str:
    """Hash of everything in the descriptions, numbers rounded to 6 digits."""

    def rounded(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: rounded(entry) for key, entry in value.items() if key != "mesh"}
        if isinstance(value, list | tuple):
            return [rounded(entry) for entry in value]
        if isinstance(value, np.ndarray):
            return [value.shape, round(float(value.mean()), 1)]
        return round(float(value), 6) + 0.0 if isinstance(value, int | float) else value

    known = [asdict(cabinet) for cabinet in cabinets]
    for cabinet in known:  # of files, which a generated cabinet has none of
        del cabinet["origin"], cabinet["cloud_file"], cabinet["urdf"]
    text = json.dumps(list(map(rounded, known)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_the_same_on_every_machine(name: str) -> None:
    assert fingerprint(generate_cabinets(name, 21)) == FINGERPRINTS[name]


@pytest.mark.parametrize("name", SETS)
def test_a_longer_set_begins_with_the_shorter_one(name: str) -> None:
    assert generate_cabinets(name, 9)[:4] == generate_cabinets(name, 4)


@pytest.mark.parametrize("name", SETS)
def test_cabinets_of_a_set_have_different_names_and_differ(name: str) -> None:
    cabinets = generate_cabinets(name, 12)
    assert len({cabinet.name for cabinet in cabinets}) == 12
    assert len({cabinet.handle_position.tobytes() for cabinet in cabinets}) == 12


@pytest.mark.parametrize("task", ["drawer", "door"])
def test_training_and_held_out_sets_differ_in_kind(task: str) -> None:
    train, held_out = SETS[f"{task}-train-v1"], SETS[f"{task}-held-out-v1"]
    for kinds in ("handles", "layouts", "textures"):
        assert not set(getattr(train, kinds)) & set(getattr(held_out, kinds)), kinds
    seen = {c.handle.kind for c in generate_cabinets(f"{task}-train-v1", 21)}
    unseen = {c.handle.kind for c in generate_cabinets(f"{task}-held-out-v1", 12)}
    assert not seen & unseen
    assert len(seen) >= 3


@pytest.mark.parametrize("name", SETS)
def test_handles_of_the_first_eight_cabinets_spread_by_15_cm_in_both_directions(name: str) -> None:
    positions = np.array([cabinet.handle_position for cabinet in generate_cabinets(name, 8)])
    assert (np.ptp(positions, axis=0)[1:] > 0.15).all()


@pytest.mark.parametrize("name", SETS)
def test_the_handle_sits_on_the_moving_front(name: str) -> None:
    for cabinet in generate_cabinets(name, 21):
        lower, upper = np.array(cabinet.box)
        foot = np.array(cabinet.handle.position)[1:]
        assert (foot > lower[1:] + 0.01).all(), cabinet.name
        assert (foot < upper[1:] - 0.01).all(), cabinet.name


def test_the_sets_are_listed_and_an_unknown_one_is_refused() -> None:
    assert set(list_cabinet_sets()) >= set(SETS)


@pytest.mark.parametrize("name", [name for name in SETS if name.startswith("door")])
def test_doors_hang_on_either_side_and_open_outwards(name: str) -> None:
    sides = set()
    for cabinet in generate_cabinets(name, 8):
        y = cabinet.handle.position[1]  # seen from the hinge
        turn = cabinet.joint.axis[2]
        outwards = -turn * y  # x of the axis (0, 0, turn) crossed with the arm
        assert outwards > 0.2, cabinet.name
        sides.add(turn)
    assert sides == {-1.0, 1.0}


def test_the_edges_of_a_door_are_the_hinge_and_the_free_edge_that_holds_the_handle() -> None:
    for cabinet in generate_cabinets("door-train-v1", 8):
        lower, upper = np.array(cabinet.box)
        hinge, free = sorted((lower[1], upper[1]), key=abs)
        assert abs(hinge) < 0.01
        assert abs(free) - abs(cabinet.handle.position[1]) < 0.06
