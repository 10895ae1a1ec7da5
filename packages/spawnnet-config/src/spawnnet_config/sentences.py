"""What pydantic finds wrong with settings, in sentences that begin with the dotted path."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails, ValidationError

from spawnnet_config.errors import sentence
from spawnnet_config.schema_nodes import present, target

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


def sentences(
    error: ValidationError, settings: Mapping[str, Any], document: dict[str, Any]
) -> list[str]:
    """Return a sentence for each thing that is wrong with settings, by their JSON Schema."""
    details = error.errors(include_url=False)
    return list(dict.fromkeys(_describe(detail, settings, document) for detail in details))


def _describe(detail: ErrorDetails, settings: Mapping[str, Any], schema: dict[str, Any]) -> str:
    """Return one sentence, starting with the dotted path, about one of pydantic's errors."""
    kind, context, found = detail["type"], detail.get("ctx", {}), detail["input"]
    is_missing = kind.startswith("missing")
    path = _path(detail["loc"], settings, keep_last=is_missing)
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        known = _schema_at(detail["loc"][:-1], schema).get("properties", {})
        return f"{path}: unknown key{suggest(str(detail['loc'][-1]), known)}"
    if is_missing:
        return f"{path}: is required."
    if kind == "union_tag_not_found":
        return f"{path}.name: is required, one of {_plain(_tags(detail['loc'], schema))}."
    if kind == "union_tag_invalid":
        tag, key = context["tag"], context["discriminator"].strip("'")
        place = f"{path}.{key}" if path else key
        return f"{place}: unknown name {tag!r}{suggest(tag, _tags(detail['loc'], schema))}"
    if kind == "literal_error":
        return f"{path}: expected {context['expected']}, got {found!r}."
    if kind == "too_short":
        return f"{path}: must have at least {context['min_length']} entries, got {found!r}."
    if kind == "value_error":
        return sentence(path, context["error"])
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


def _schema_at(loc: Sequence[str | int], root: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the JSON Schema that describes pydantic's location `loc`."""
    node = root
    for piece in (None, *loc):
        if piece is not None:
            node = _descend(node, piece)
        while "$ref" in node or "anyOf" in node:
            node = present(node)[0]
            node = target(root, node["$ref"]) if "$ref" in node else node
    return node


def _descend(node: dict[str, Any], piece: str | int) -> dict[str, Any]:
    variants = node.get("discriminator", {}).get("mapping", {})
    if piece in variants:
        return {"$ref": variants[piece]}
    entries = node.get("additionalProperties")
    anything = entries if isinstance(entries, dict) else {}
    found: dict[str, Any] = node.get("properties", {}).get(piece, anything)
    return found


def _tags(loc: Sequence[str | int], schema: dict[str, Any]) -> list[str]:
    return list(_schema_at(loc, schema).get("discriminator", {}).get("mapping", {}))


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about the unknown `name`: the nearest known one, or all."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f", did you mean {close[0]!r}?" if close else f", known are {_plain(names)}."


def _plain(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
