from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spawnnet_data.common import free_memory


def test_the_machine_has_memory() -> None:
    assert 0 < free_memory.free_memory() < 2**50


@pytest.fixture
def write_group(tmp_path: Path) -> Callable[..., None]:
    def write(folder: str, **files: str) -> None:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (tmp_path / folder / name.replace("__", ".")).write_text(text)

    return write


def test_the_narrowest_control_group_counts_and_its_cache_does_not(
    tmp_path: Path, write_group: Callable[..., None]
) -> None:
    usage = {"memory__current": "900", "memory__stat": "anon 100\ninactive_file 300\n"}
    write_group("slice/job", memory__max="max", **usage)
    write_group("slice", memory__max="2000", **usage)
    (tmp_path / "membership").write_text("0::/slice/job\n")
    assert list(free_memory._rooms(tmp_path, tmp_path / "membership")) == [2000 - 900 + 300]


def test_control_groups_of_version_1_count_too(
    tmp_path: Path, write_group: Callable[..., None]
) -> None:
    facts: dict[str, Any] = {
        "memory__limit_in_bytes": "500",
        "memory__usage_in_bytes": "450",
        "memory__stat": "total_inactive_file 20\n",
    }
    write_group("memory/job", **facts)
    (tmp_path / "membership").write_text("9:memory:/job\n1:cpu:/job\n")
    assert list(free_memory._rooms(tmp_path, tmp_path / "membership")) == [70]
