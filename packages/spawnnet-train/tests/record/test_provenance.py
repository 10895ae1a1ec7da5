import subprocess
from pathlib import Path

from spawnnet_train.record.provenance import describe_machine, git_state


def test_versions_of_every_part_are_known() -> None:
    packages = describe_machine()["packages"]
    for name in ("spawnnet-train", "spawnnet-sim", "spawnnet-gdict", "torch", "mujoco"):
        assert packages[name]


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
