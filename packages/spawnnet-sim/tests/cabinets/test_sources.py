import pytest

from spawnnet_sim import list_cabinet_sets
from spawnnet_sim.cabinets.partnet.lists import PARTNET_ALL, PARTNET_LISTS
from spawnnet_sim.cabinets.procedural import SETS
from spawnnet_sim.cabinets.sources import CABINETS


def test_generated_sets_and_lists_of_assets_are_sources() -> None:
    assert set(SETS) <= set(list_cabinet_sets())
    assert set(list_cabinet_sets(needs_folder=True)) >= {PARTNET_ALL, *PARTNET_LISTS}
    assert not set(list_cabinet_sets()) & set(list_cabinet_sets(needs_folder=True))


@pytest.mark.parametrize("name", list_cabinet_sets())
def test_a_source_gives_the_cabinets_it_promises(name: str) -> None:
    source = CABINETS.lookup(name)
    three, two = source.load(range(3), None), source.load(range(1, 3), None)
    assert [cabinet.name for cabinet in three[1:]] == [cabinet.name for cabinet in two]
    assert len({cabinet.name for cabinet in three}) == 3
    assert {cabinet.joint.kind for cabinet in three} == {source.joint}
