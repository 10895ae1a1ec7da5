from spawnnet_config.schema_nodes import present, target

DOCUMENT = {"$defs": {"Adam": {"type": "object"}}}


def test_a_reference_is_looked_up_by_its_last_part() -> None:
    assert target(DOCUMENT, "#/$defs/Adam") == {"type": "object"}


def test_null_is_no_kind_of_a_setting() -> None:
    number = {"type": "number"}
    assert present({"anyOf": [{"type": "null"}, number]}) == [number]
    assert present(number) == [number]
