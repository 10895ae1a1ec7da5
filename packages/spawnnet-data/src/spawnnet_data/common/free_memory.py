"""How much memory this process may still take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_GROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def free_memory() -> int:
    """Return the bytes that are free on this machine, within the limits of its control groups."""
    return min([_free_on_machine(), *_rooms(_GROUPS, _MEMBERSHIP)])


def _free_on_machine() -> int:
    try:
        lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
        facts = dict(line.split(":", 1) for line in lines)
        return 1024 * int(facts["MemAvailable"].split()[0])
    except (OSError, KeyError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _rooms(root: Path, membership: Path) -> Iterator[int]:
    """Yield what the control groups of this process leave, caches of files not counted."""
    if not membership.is_file():
        return
    for line in membership.read_text("utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            base = root / controllers
            group = base / path.lstrip("/")
            for folder in [group, *group.parents]:
                yield from _room(folder)
                if folder == base:
                    break


def _room(folder: Path) -> Iterator[int]:
    for limit, usage, cache in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        if (folder / limit).is_file() and (
            allowed := (folder / limit).read_text().strip()
        ) != "max":
            lines = (folder / "memory.stat").read_text("utf-8").splitlines()
            cached = dict(line.split() for line in lines).get(cache, 0)
            yield int(allowed) - int((folder / usage).read_text()) + int(cached)
