"""Steps through a JSON Schema."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def target(document: Node, reference: str) -> Node:
    """Return what a `$ref` of a schema refers to."""
    node: Node = document["$defs"][reference.rpartition("/")[2]]
    return node


def present(node: Node) -> list[Node]:
    """Return the kinds that a setting may be of, but for null."""
    return [part for part in node.get("anyOf", [node]) if part.get("type") != "null"]
