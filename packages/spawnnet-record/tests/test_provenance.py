import subprocess
from pathlib import Path

import pytest

from spawnnet_record import __version__
from spawnnet_record.provenance import describe_machine, git_state


def test_versions_of_the_named_packages_are_known(tmp_path: Path) -> None:
    machine = describe_machine(["pytest", "spawnnet-record", "no-such-package"], tmp_path)
    assert machine["packages"] == {
        "pytest": pytest.__version__,
        "spawnnet-record": __version__,
        "no-such-package": None,
    }
    assert machine["git"] is None


def test_the_git_state_names_commit_and_changed_files(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-b", "trunk")
    (tmp_path / "a.txt").write_text("1")
    git("add", "a.txt")
    git("commit", "-m", "first")
    (tmp_path / "a.txt").write_text("2")
    (tmp_path / "untracked.txt").write_text("3")
    assert git_state(tmp_path) == {
        "commit": git("rev-parse", "HEAD"),
        "branch": "trunk",
        "changed_files": ["a.txt"],
    }


def test_outside_a_repository_there_is_no_git_state(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
