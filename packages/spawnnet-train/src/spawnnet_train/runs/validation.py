"""From parsed YAML to a `RunConfig`, with one sentence per problem."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from spawnnet_train.config.errors import ConfigError, below
from spawnnet_train.runs.run_config import AnyRun, BehaviorCloningRun, RunConfig

_EXPECTED = {
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "path_type": "a path",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "null",
}


@cache
def _adapter() -> TypeAdapter[RunConfig | BehaviorCloningRun]:
    return TypeAdapter(AnyRun)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a configuration file, with every encoder and policy."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_adapter().json_schema(),
    }


def validate(settings: Mapping[str, Any]) -> RunConfig | BehaviorCloningRun:
    """Return the configuration that parsed YAML stands for; `algorithm` is `dagger` if not given.

    Types are strict: text is no number, 1 is not true, 3.0 is no whole number.

    Raises:
        ConfigError: If a key is unknown or missing, or a value has the wrong type or is out of
            range; one sentence for each.
    """
    try:
        # Through JSON, whose arrays may become tuples in strict mode, as Python lists may not.
        document = json.dumps({"algorithm": "dagger", **settings})
        return _adapter().validate_json(document, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ConfigError(_unique(_describe(detail, settings) for detail in details)) from None


def dump_yaml(config: RunConfig | BehaviorCloningRun) -> str:
    """Return `config` as YAML, with every default written out."""
    settings = _adapter().dump_python(config, mode="json")
    for choice in ("encoder", "policy"):  # dataclass inheritance puts the name last
        settings[choice] = {"name": settings[choice].pop("name"), **settings[choice]}
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)


def _describe(detail: ErrorDetails, settings: Mapping[str, Any]) -> str:
    """Return one sentence, starting with the dotted path, about one of pydantic's errors."""
    kind, context, found = detail["type"], detail.get("ctx", {}), detail["input"]
    is_missing = kind.startswith("missing")
    path = _path(detail["loc"], settings, keep_last=is_missing)
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"{path}: unknown key{_suggest(str(detail['loc'][-1]), _keys(detail['loc'][:-1]))}"
    if is_missing:
        return f"{path}: is required."
    if kind == "union_tag_not_found":
        return f"{path}.name: is required, one of {_plain(_tags(detail['loc']))}."
    if kind == "union_tag_invalid":
        tag, key = context["tag"], context["discriminator"].strip("'")
        place = f"{path}.{key}" if path else key
        return f"{place}: unknown name {tag!r}{_suggest(tag, _tags(detail['loc']))}"
    if kind == "literal_error":
        return f"{path}: expected {context['expected']}, got {found!r}."
    if kind == "value_error":
        return below(path, str(context["error"]))
    if kind in _EXPECTED:
        return f"{path}: expected {_EXPECTED[kind]}, got {found!r}."
    message = detail["msg"].removeprefix("Input ")
    return f"{path}: {message[0].lower()}{message[1:]}, got {found!r}."


def _path(loc: Sequence[str | int], settings: Any, *, keep_last: bool) -> str:
    """Return `a.b[2]` for pydantic's location, without the pieces that name a type or a variant.

    Those are told from keys by looking: they are not in `settings`. Neither is a missing key, the
    last piece of its location, which is kept if `keep_last`.
    """
    path, place = "", settings
    for position, piece in enumerate(loc):
        is_last = position == len(loc) - 1
        if isinstance(piece, int):
            path += f"[{piece}]"
            place = place[piece] if isinstance(place, list) and piece < len(place) else None
        elif isinstance(place, dict) and (piece in place or (is_last and keep_last)):
            path += f".{piece}" if path else piece
            place = place.get(piece)
    return path


def _schema_at(loc: Sequence[str | int]) -> dict[str, Any]:
    """Return the part of the JSON Schema that describes pydantic's location `loc`."""
    root = json_schema()
    node = root
    for piece in (None, *loc):
        if piece is not None:
            node = _descend(node, piece)
        while "$ref" in node:
            node = root["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _descend(node: dict[str, Any], piece: str | int) -> dict[str, Any]:
    variants = node.get("discriminator", {}).get("mapping", {})
    if piece in variants:
        return {"$ref": variants[piece]}
    entries = node.get("additionalProperties")
    anything = entries if isinstance(entries, dict) else {}
    found: dict[str, Any] = node.get("properties", {}).get(piece, anything)
    return found


def _keys(loc: Sequence[str | int]) -> list[str]:
    return list(_schema_at(loc).get("properties", {}))


def _tags(loc: Sequence[str | int]) -> list[str]:
    return list(_schema_at(loc).get("discriminator", {}).get("mapping", {}))


def _suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about the unknown `name`: the nearest known one, or all."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f", did you mean {close[0]!r}?" if close else f", known are {_plain(names)}."


def _plain(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _unique(sentences: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sentences))
