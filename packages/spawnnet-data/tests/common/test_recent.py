import os
import pickle
from pathlib import Path

from spawnnet_data.common.recent import RecentlyUsed


class Handle:
    def __init__(self, name: str) -> None:
        self.name = name
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


def test_the_least_recently_used_is_closed() -> None:
    handles = RecentlyUsed(Handle, 2)
    a, b = handles.get("a"), handles.get("b")
    assert handles.get("a") is a
    handles.get("c")
    assert (a.is_open, b.is_open) == (True, False)
    assert handles.get("a") is a
    assert handles.get("b") is not b


def test_sizes_of_values_bound_them_where_they_are_told() -> None:
    handles: RecentlyUsed[str, Handle] = RecentlyUsed(Handle, 7, lambda handle: len(handle.name))
    first, second, third = handles.get("aaa"), handles.get("bb"), handles.get("c")
    handles.get("dddd")  # takes more than one place
    assert [one.is_open for one in (first, second, third)] == [False, True, True]
    larger = handles.get("e" * 9)
    assert not second.is_open
    assert handles.get("e" * 9) is larger
    handles.close()
    assert handles.get("aaa").is_open
    assert handles.get("bbbb").is_open
    assert handles.get("aaa").is_open  # nothing is counted of what was closed


def test_close_closes_everything_and_get_opens_again() -> None:
    handles = RecentlyUsed(Handle, 2)
    a = handles.get("a")
    handles.close()
    assert not a.is_open
    assert handles.get("a").is_open


def test_values_are_not_pickled() -> None:
    values: RecentlyUsed[str, Path] = RecentlyUsed(Path, 2)
    values.get("a")
    copy = pickle.loads(pickle.dumps(values))  # noqa: S301 - just made
    assert copy.get("b") == Path("b")
    assert "Path" not in str(copy._values.get("a"))


def test_forked_process_opens_its_own() -> None:
    handles = RecentlyUsed(Handle, 2)
    a = handles.get("a")
    child = os.fork()
    if child == 0:
        os._exit(0 if handles.get("a") is not a else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert handles.get("a") is a
