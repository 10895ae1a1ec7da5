from typing import Any

from spawnnet_train.runs.loading import json_schema


def test_every_setting_of_a_run_is_described_or_is_a_section() -> None:
    schema = json_schema()
    plain = {
        name: setting
        for name, setting in schema["properties"].items()
        if not any(key in setting for key in ("$ref", "discriminator", "oneOf"))
    }
    assert {"seed", "device", "threads", "imports", "wandb"} <= set(plain)
    undescribed = [name for name, setting in plain.items() if "description" not in setting]
    assert undescribed == []


def test_no_section_takes_unknown_keys() -> None:
    definitions: dict[str, Any] = json_schema()["$defs"]
    open_ones = [
        name
        for name, definition in definitions.items()
        if definition.get("type") == "object"
        and definition.get("additionalProperties") is not False
    ]
    assert open_ones == []
