"""What every section of a configuration has in common."""

from __future__ import annotations

from pydantic import ConfigDict

STRICT = ConfigDict(extra="forbid", use_attribute_docstrings=True)
"""For every configuration dataclass: unknown keys are errors, docstrings go to the schema."""
