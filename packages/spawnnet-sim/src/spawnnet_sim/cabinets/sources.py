"""Sources of cabinets by name: what `cabinets.set` in a configuration may say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.cabinets.partnet.asset import load_partnet_cabinets
from spawnnet_sim.cabinets.partnet.lists import PARTNET_ALL, PARTNET_LISTS
from spawnnet_sim.cabinets.procedural import SETS, generate_cabinets
from spawnnet_sim.registry import Registry


@dataclass(frozen=True)
class CabinetSource:
    """What is registered for a name.

    Attributes:
        load: Returns the cabinets of some numbers, counted from 0, given the numbers and the
            configuration's folder of assets; the same ones at every call. Raises a
            `ConfigurationError` if there are fewer.
        joint: Kind of joint of all its cabinets; None where only the files tell.
        needs_folder: Whether they are files in a folder of the user's, `cabinets.folder`; without,
            `load` gets None.
    """

    load: Callable[[range, Path | None], tuple[CabinetSpec, ...]]
    joint: Literal["slide", "hinge"] | None = None
    needs_folder: bool = False


CABINETS: Registry[CabinetSource] = Registry("cabinets.set")


def register_cabinets(name: str, source: CabinetSource) -> None:
    """Make a set of cabinets available under a name.

    Raises:
        ValueError: If the name is taken.
    """
    CABINETS.register(name, source)


def _generate(name: str, numbers: range, _: Path | None) -> tuple[CabinetSpec, ...]:
    return generate_cabinets(name, len(numbers), first=numbers.start)


def _read(name: str, numbers: range, folder: Path | None) -> tuple[CabinetSpec, ...]:
    assert folder is not None
    return load_partnet_cabinets(folder, name, numbers)


for _name, _family in SETS.items():
    register_cabinets(_name, CabinetSource(partial(_generate, _name), _family.joint))
for _name in (PARTNET_ALL, *PARTNET_LISTS):
    register_cabinets(_name, CabinetSource(partial(_read, _name), needs_folder=True))


def list_cabinet_sets(*, needs_folder: bool = False) -> tuple[str, ...]:
    """Return the names of the sets of cabinets, sorted.

    Args:
        needs_folder: Whether to list those that are files in a folder of the user's instead.
    """
    names = CABINETS.names
    return tuple(name for name in names if CABINETS.lookup(name).needs_folder == needs_folder)
