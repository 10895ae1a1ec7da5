"""YAML from strangers: aliases that cannot multiply, bounded nesting, no references in circles."""

from typing import Any

MOST_NESTED = 100
ALWAYS_FINE = 100_000  # values
MOST_REPEATED = 10  # times as many values as are written, through aliases


def parsed_yaml(text: str) -> Any:
    """Return what a YAML document says, in plain dicts, lists and scalars.

    Raises:
        ValueError: If it is nested too deep or within itself, or its aliases multiply.
        Exception: Whatever PyYAML raises for text that is none.
    """
    import yaml

    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        sizes: dict[int, int] = {}
        count = _count(node, sizes, 0)
        if count > max(ALWAYS_FINE, MOST_REPEATED * len(sizes)):
            raise ValueError(f"its aliases stand for {count:,} values, {len(sizes):,} are written")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _count(node: Any, sizes: dict[int, int], depth: int) -> int:
    """Return how many values a node stands for, aliases counted wherever they are used."""
    if depth > MOST_NESTED:
        raise ValueError(f"it is nested more than {MOST_NESTED} deep, or within itself")
    if id(node) not in sizes:
        children = [] if isinstance(node.value, str) else node.value
        flat = [c for child in children for c in (child if isinstance(child, tuple) else (child,))]
        sizes[id(node)] = 1 + sum(_count(child, sizes, depth + 1) for child in flat)
    return sizes[id(node)]
