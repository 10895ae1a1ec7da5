import pytest

from spawnnet_sim.registry import Registry


def test_a_registered_entry_is_found_and_listed_in_order() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("two", 2)
    registry.register("one", 1)
    assert registry.lookup("two") == 2
    assert registry.names == ("one", "two")


def test_an_unknown_name_offers_the_nearest_one() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("three", 3)
    with pytest.raises(ValueError, match=r"number: 'tree' is unknown. Did you mean 'three'\?"):
        registry.lookup("tree")


def test_a_name_is_registered_once() -> None:
    registry: Registry[int] = Registry("number")
    registry.register("one", 1)
    with pytest.raises(ValueError, match=r"`number` 'one' is registered already\."):
        registry.register("one", 11)
