"""The one exception of a configuration that cannot be run, and the paths in its messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PATH_FIRST = re.compile(r"(?:`([a-z_][\w.\[\]]*)`|([a-z_][\w.\[\]]*):) (.*)", re.DOTALL)
"""How the messages of library configs begin: "`width` must be ..." or "width: must be ..."."""


class ConfigError(ValueError):
    """A configuration that cannot be run.

    Attributes:
        problems: One sentence per problem, each starting with the place: a dotted path into the
            configuration (`encoder.backbone.layers[2]: ...`), or a file and a line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def below(section: str, message: str) -> str:
    """Put the path of `section` in front of a message that starts with a path inside it."""
    found = _PATH_FIRST.fullmatch(message)
    if found is None:
        return f"{section}: {message}" if section else message
    path = ".".join(filter(None, [section, found[1] or found[2]]))
    return f"{path}: {found[3]}"
