"""What must hold across packages."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
SIBLINGS = {
    "spawnnet-gdict",
    "spawnnet-config",
    "spawnnet-data",
    "spawnnet-encoders",
    "spawnnet-policies",
    "spawnnet-record",
    "spawnnet-sim",
}


def pyproject(package: Path) -> dict[str, Any]:
    return tomllib.loads((package / "pyproject.toml").read_text("utf-8"))


def test_all_eight_packages_are_found() -> None:
    assert len(PACKAGES) == 8


def test_continuous_integration_tests_every_package() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8")
    tested = re.findall(r'"tests\((.+?)\)"', script)
    assert sorted(tested) == [package.name for package in PACKAGES]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
class TestPackage:
    def test_license_is_a_copy_of_the_root_one(self, package: Path) -> None:
        # A link goes into the source distribution as a link, which then no longer unpacks.
        assert not (package / "LICENSE").is_symlink()
        assert (package / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()

    def test_changelog_heads_with_the_version(self, package: Path) -> None:
        about = package / pyproject(package)["tool"]["hatch"]["version"]["path"]
        (version,) = re.findall(r'^__version__ = "(.+)"$', about.read_text("utf-8"), re.M)
        released = re.findall(
            r"^## \[(\d\S*)\]", (package / "CHANGELOG.md").read_text("utf-8"), re.M
        )
        assert released[0] == version

    def test_is_typed(self, package: Path) -> None:
        assert list(package.glob("src/*/py.typed"))

    def test_has_a_readme(self, package: Path) -> None:
        assert (package / "README.md").read_text("utf-8").startswith("# ")

    def test_requires_the_same_python(self, package: Path) -> None:
        assert pyproject(package)["project"]["requires-python"] == ">=3.11"

    def test_keeps_tool_settings_at_the_root(self, package: Path) -> None:
        assert set(pyproject(package)["tool"]) == {"hatch"}

    def test_only_the_trainer_depends_on_siblings(self, package: Path) -> None:
        declared = " ".join(pyproject(package)["project"]["dependencies"])
        found = {name for name in SIBLINGS if name in declared}
        assert found == (SIBLINGS if package.name == "spawnnet-train" else set())
