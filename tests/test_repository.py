"""What must hold across packages."""

import json
import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
URLS = {
    "Homepage": "https://xingyu-lin.github.io/spawnnet/",
    "Paper": "https://arxiv.org/abs/2307.03567",
}
RELATIVE_LINK = re.compile(r"\]\((?!https?:)([\w./-]+\.(?:md|png|py|yaml))")
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
SIBLINGS = {
    "spawnnet-gdict",
    "spawnnet-config",
    "spawnnet-data",
    "spawnnet-encoders",
    "spawnnet-jobs",
    "spawnnet-policies",
    "spawnnet-record",
    "spawnnet-serve",
    "spawnnet-sim",
}
BELOW = {"spawnnet-train": SIBLINGS, "spawnnet-jobs": {"spawnnet-config", "spawnnet-record"}}


def pyproject(package: Path) -> dict[str, Any]:
    return tomllib.loads((package / "pyproject.toml").read_text("utf-8"))


def test_all_ten_packages_are_found() -> None:
    assert len(PACKAGES) == 10


def test_continuous_integration_runs_every_session_that_nox_does() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8")
    said = script[script.index("sessions() {") : script.index("# Two at a time")]
    listed = json.dumps([{"session": "one"}, {"session": "two"}])
    command = f"{said}\nnox() {{ echo '{listed}'; }}\nsessions"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert {"one", "two", "quickstart"} <= set(ran.stdout.splitlines())


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
        project = pyproject(package)["project"]
        extras = project.get("optional-dependencies", {}).values()
        declared = " ".join([*project["dependencies"], *chain.from_iterable(extras)])
        found = {name for name in SIBLINGS if name in declared}
        assert found == BELOW.get(package.name, set())

    def test_says_who_made_it_and_what_it_is(self, package: Path) -> None:
        project = pyproject(package)["project"]
        assert project["authors"] == [{"name": "The SpawnNet authors"}]
        assert project["urls"] == URLS
        assert len(project["keywords"]) >= 4
        assert {"Typing :: Typed", "Programming Language :: Python :: 3.11"} <= {
            *project["classifiers"]
        }

    def test_its_readme_works_without_the_repository(self, package: Path) -> None:
        hook = pyproject(package)["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
        text = (package / "README.md").read_text("utf-8")
        before = re.findall(r"```python\n.*?```", text, re.S)
        for link in re.findall(RELATIVE_LINK, text):
            assert (package / link).exists(), link
        for substitution in hook["substitutions"]:
            text = re.sub(substitution["pattern"], substitution["replacement"], text)
        assert re.findall(RELATIVE_LINK, text) == []
        assert re.findall(r"```python\n.*?```", text, re.S) == before


def test_it_can_be_cited() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["cff-version"] == "1.2.0"
    paper = citation["preferred-citation"]
    assert [author["family-names"] for author in paper["authors"]] == [
        "Lin",
        "So",
        "Mahalingam",
        "Liu",
        "Abbeel",
    ]
    assert [reference["title"].partition(":")[0] for reference in citation["references"]] == [
        "ManiSkill2-Learn",
        "RLAfford",
    ]


def test_public_ci_runs_the_commands_of_the_readme() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    run = {step["run"] for step in steps if "run" in step}
    readme = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"^pip install .nox.* && nox\b[^#\n]*", readme, re.M)
    assert len(commands) == 2
    assert {command.strip() for command in commands} <= run


def test_answers_to_complaints_name_what_exists() -> None:
    text = (ROOT / "docs/complaints.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|.*?\| (?:yes|partly|no) \|", text, re.M)
    assert list(map(int, rows)) == list(range(1, 66))
    files = [
        path
        for part in ("packages", "tests", "benchmarks", "configs", "docs", ".ci", ".github")
        for path in (ROOT / part).rglob("*.*")
    ]
    tests = "".join(p.read_text("utf-8") for p in files if re.fullmatch(r"test_\w+\.py", p.name))
    for name in re.findall(r"`([\w./]+)`", text):
        if name.startswith("test_"):
            assert f"def {name}(" in tests
        elif name.endswith((".py", ".md", ".yaml", ".yml")) and name != "config.yaml":
            assert any(str(path).endswith("/" + name) for path in files), name


def test_what_is_built_holds_no_caches(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / ".ci/check_distributions.py"), str(tmp_path)]
    with zipfile.ZipFile(tmp_path / "x-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("x-1.dist-info/METADATA", "Name: x\n\nSee [this](docs/api.md).\n")
        wheel.writestr("x/__pycache__/a.pyc", "")
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    for problem in ("holds x/__pycache__/a.pyc.", "lacks Author.", "links to [this](docs/api.md"):
        assert problem in done.stdout


@pytest.mark.parametrize("name", ["docs/architecture.md", "docs/decisions.md", "CONTRIBUTING.md"])
def test_what_contributors_read_names_files_that_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    tops = [ROOT / top for top in ("packages", "docs", "tests", "configs", "benchmarks")]
    paths = [*tops, *(path for top in tops for path in top.rglob("*"))]
    there = [f"/{path.relative_to(ROOT)}{'/' * path.is_dir()}" for path in paths]
    there.append("/dist/")  # what `nox -s distributions` fills
    for named in re.findall(r"`([\w/]+(?:\.py|\w/))`", text):
        assert any(path.endswith(f"/{named}") for path in there), named


def test_the_sessions_that_contributors_are_told_of_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    sessions = set(re.findall(r"^@nox\.session.*\n(?:@.*\n)*def (\w+)\(", noxfile, re.M))
    rows = re.findall(r"^\| (`\w+.*?`) \|", text, re.M)
    told = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    assert told == sessions
    assert set(re.findall(r"nox -s \"?(\w+)", text)) <= sessions


def test_links_between_documents_lead_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/*.md")):
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
        for link in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text):
            assert (page.parent / link).exists(), f"{page}: {link}"
