"""The one exception of a configuration that cannot be run."""

from __future__ import annotations

from collections.abc import Sequence


class ConfigError(ValueError):
    """A configuration that cannot be run.

    Attributes:
        problems: One sentence per problem, each starting with the place: a dotted path into the
            configuration (`encoder.backbone.layers[2]: ...`), or a file and a line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)
