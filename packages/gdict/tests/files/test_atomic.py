import os
from pathlib import Path

import pytest

from gdict.files.atomic import replacing, replacing_folder


def test_the_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "x"
    with replacing(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interruption_leaves_the_old_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "x"
    target.write_text("old")

    def interrupted() -> None:
        with replacing(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with replacing(tmp_path / "link") as temporary:
        temporary.write_text("new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def replace_with_new(target: Path) -> None:
    with replacing_folder(target) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("is_done", [False, True])
def test_an_interruption_while_folders_are_exchanged_loses_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, is_done: bool
) -> None:
    target = tmp_path / "x"
    target.mkdir()
    (target / "old").touch()
    calls: list[Path] = []

    def interrupted(self: Path, other: Path) -> None:
        calls.append(other)
        if len(calls) != number or is_done:
            os.replace(self, other)  # noqa: PTH105 - Path.replace is what is interrupted
        if len(calls) == number:
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_with_new(target)
    is_new = number == 2 and is_done
    assert [path.name for path in target.iterdir()] == ["new" if is_new else "old"]
    assert list(tmp_path.iterdir()) == [target]


def test_an_old_folder_that_cannot_come_back_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "x"
    target.mkdir()
    (target / "old").touch()

    def full(self: Path, other: Path) -> None:
        if other == target:
            raise OSError("no")
        os.replace(self, other)  # noqa: PTH105

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no"):
        replace_with_new(target)
    assert [path.name for path in tmp_path.glob(".x.*.old.tmp/*")] == ["old"]
