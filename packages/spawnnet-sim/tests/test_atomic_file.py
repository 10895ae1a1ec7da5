from pathlib import Path

import pytest

from spawnnet_sim.atomic_file import write_bytes


def test_folders_are_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a" / "b.bin", b"one")
    write_bytes(tmp_path / "a" / "b.bin", b"two")
    assert (tmp_path / "a" / "b.bin").read_bytes() == b"two"
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["b.bin"]


def test_an_old_file_survives_a_failed_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bytes(tmp_path / "b.bin", b"old")

    def fail(path: Path, content: bytes) -> int:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(OSError, match="disk full"):
        write_bytes(tmp_path / "b.bin", b"new")
    assert (tmp_path / "b.bin").read_bytes() == b"old"
