"""The one error of this package that a user's configuration, files or machine can cause."""

import difflib
from collections.abc import Iterable


class ConfigurationError(ValueError):
    """What an encoder was asked for cannot be had: a wrong option, missing weights or extras.

    Args:
        field: Dotted path of the option in the encoder's configuration, such as
            `backbone.layers[2]`; `image_size`, `num_views` and the like for the arguments of
            `create_encoder`; "" where no single option is to blame.
        message: What is wrong, the values, and what to do, as one sentence.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(field, message)
        self.field = field
        self.message = message

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean ...` words for the closest known name, or the names themselves."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f", did you mean `{close[0]}`"
    return f", known are {', '.join(names)}" if len(names) <= 20 else ""
