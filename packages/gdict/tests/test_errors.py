import pickle

import pytest

from gdict import GDictError, GDictIndexError, GDictKeyError
from gdict.errors import raise_at


def test_the_text_starts_with_the_path() -> None:
    assert str(GDictKeyError("No such key.", ("obs", 3))) == "obs/3: No such key."
    assert str(GDictError("Wrong.")) == "Wrong."


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(GDictIndexError("Too far.", ("a", 0))))  # noqa: S301
    assert isinstance(error, IndexError)
    assert str(error) == "a/0: Too far."
    assert type(error)("only a text").path == ()


@pytest.mark.parametrize(
    "kind", [KeyError, IndexError, TypeError, ValueError, RuntimeError, OSError]
)
def test_other_errors_are_wrapped_as_their_own_kind(kind: type[Exception]) -> None:
    with pytest.raises(GDictError, match=r"^a: why$") as caught:
        raise_at(kind("why"), "a")
    assert isinstance(caught.value, kind) or kind is OSError
    assert isinstance(caught.value.__cause__, kind)
