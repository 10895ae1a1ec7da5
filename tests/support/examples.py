"""The examples of a document, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path


def run_examples(document: Path) -> int:
    """Run the Python blocks of a document in one namespace, and return how many there are."""
    blocks = re.findall(r"^```python\n(.*?)^```", document.read_text("utf-8"), re.M | re.S)
    namespace: dict[str, object] = {"__name__": "examples"}
    for block in blocks:
        code = compile(block, str(document), "exec", dont_inherit=True)
        exec(code, namespace)  # noqa: S102 - our own examples
    return len(blocks)
