"""Development sessions; every per-package session takes the package as its parameter.

`nox` alone runs everything that continuous integration runs; `nox -s quickstart` the main job.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import nox
import nox.command
from packaging.requirements import Requirement

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "repository", "tests", "build"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PACKAGES = {
    path.parent.name: nox.project.load_toml(path)
    for path in sorted(Path("packages").glob("*/pyproject.toml"))
}
# The folder `gdict` holds the distribution `spawnnet-gdict`: its short name is taken on PyPI.
FOLDERS = {table["project"]["name"]: folder for folder, table in PACKAGES.items()}
DIST = Path("dist").absolute()
ISAAC_GYM_WORKER = "packages/spawnnet-sim/src/spawnnet_sim/isaacgym/worker"
CONTRACT = "packages/spawnnet-sim/tests/test_contract.py"  # of engines
DAGGER = "packages/spawnnet-train/tests/algorithms/dagger/test_isaacgym.py"
FUZZED = sorted({path.parts[1] for path in Path("packages").glob("*/tests/**/test_fuzz*.py")})
# Tests start hundreds of processes, each of which would compile again what it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
per_package = nox.parametrize("package", list(PACKAGES), ids=list(PACKAGES))


def local_closure(package: str, *, with_extras: bool = True) -> set[str]:
    """Return the folders of `package` and of the siblings it declares, directly or not."""
    project = PACKAGES[package]["project"]
    extras = project.get("optional-dependencies", {}) if with_extras else {}
    texts = [*project["dependencies"], *(text for extra in extras.values() for text in extra)]
    siblings = {FOLDERS[name] for name in {Requirement(t).name for t in texts} & FOLDERS.keys()}
    below = siblings - {package}
    return {package}.union(*(local_closure(name, with_extras=with_extras) for name in below))


def editable(folder: str) -> list[str]:
    """Return the arguments that install one package in place with all of its extras."""
    extras = sorted(PACKAGES[folder]["project"].get("optional-dependencies", {}))
    return ["-e", f"packages/{folder}" + (f"[{','.join(extras)}]" if extras else "")]


def group(name: str) -> tuple[str, ...]:
    """Return the requirements of one dependency group of the root pyproject.toml."""
    return nox.project.dependency_groups(PYPROJECT, name)


def install(session: nox.Session, *arguments: str) -> None:
    """Install into the session's environment, at the versions of constraints.txt."""
    session.install("-c", "constraints.txt", *arguments)


@nox.session
def lint(session: nox.Session) -> None:
    """Check formatting and lint rules."""
    install(session, *group("lint"))
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    # What runs in the Python of Isaac Gym asks for no newer one.
    session.run("vermin", "--target=3.6-", "--violations", "--no-tips", ISAAC_GYM_WORKER)


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of every package, strictly."""
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything, *group("types"))
    for folder in PACKAGES:
        session.run("mypy", f"packages/{folder}/src")


@nox.session
def repository(session: nox.Session) -> None:
    """Check what no single package can: licences, versions, changelogs, the README's examples."""
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything, *group("test"))
    session.run("pytest", "tests", *session.posargs)


@nox.session
@per_package
def tests(session: nox.Session, package: str) -> None:
    """Test one package with its declared dependencies and nothing else."""
    local = [argument for name in sorted(local_closure(package)) for argument in editable(name)]
    install(session, *local, *group(f"test-{package}"))
    session.install("--no-deps", *group("test-alone"))
    # Tests compute little at a time: more threads would only wait for each other.
    session.run(
        "pytest", f"packages/{package}/tests", *session.posargs, env={"OMP_NUM_THREADS": "1"}
    )


@nox.session(default=False)
@per_package
def minimums(session: nox.Session, package: str) -> None:
    """Test one package with the oldest versions that it declares; weekly, or on demand."""
    local = [argument for name in sorted(local_closure(package)) for argument in editable(name)]
    # timm brings torchvision, whose newest release would bring the newest torch.
    oldest = ["--resolution", "lowest-direct", "torchvision>=0.23"]
    session.install(*oldest, *local, *group(f"test-{package}"))
    session.install("--no-deps", *group("test-alone"))
    # What old releases say of a newer Python, or of each other, is no failure of ours.
    arguments = ["-W", "default", f"packages/{package}/tests", *session.posargs]
    session.run("pytest", *arguments, env={"OMP_NUM_THREADS": "1"})


@nox.session(default=False)
def long(session: nox.Session) -> None:
    """Run the tests that take minutes, on a real SLURM or by several processes."""
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything, *group("test"))
    session.install("--no-deps", *group("test-alone"))
    folders = [
        f"packages/{folder}/tests"
        for folder in ("spawnnet-data", "spawnnet-jobs", "spawnnet-train")
    ]
    session.run("pytest", "-m", "long", *folders, *session.posargs, env={"OMP_NUM_THREADS": "1"})


@nox.session
@per_package
def build(session: nox.Session, package: str) -> None:
    """Build one package and try its wheel, without extras, in an empty environment."""
    out = Path(session.create_tmp()) / "dist"
    for name in sorted(local_closure(package, with_extras=False)):
        session.run("uv", "build", f"packages/{name}", "--out-dir", str(out), external=True)
    install(session, *map(str, sorted(out.glob("*.whl"))))
    session.run("python", "-I", f"packages/{package}/tests/standalone.py")


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the documentation's site into `build/site`; a warning is an error."""
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything, *group("docs"))
    session.run("python", ".ci/assemble_docs.py", "build/docs")
    session.run("mkdocs", "build", "--strict")


@nox.session(default=False)
def notebooks(session: nox.Session) -> None:
    """Run the notebooks, and write pages with their pictures into `build/notebooks`."""
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything, *group("notebooks"))
    books = sorted(map(str, Path("docs/notebooks").glob("*.ipynb")))
    arguments = ["--execute", "--to", "html", "--output-dir", "build/notebooks"]
    session.run("jupyter", "nbconvert", *arguments, *books, env={"OMP_NUM_THREADS": "1"})


@nox.session(default=False)
def distributions(session: nox.Session) -> None:
    """Build all packages into `dist/`, and check what is in them."""
    shutil.rmtree(DIST, ignore_errors=True)
    for folder in PACKAGES:
        session.run("uv", "build", f"packages/{folder}", "--out-dir", str(DIST), external=True)
    install(session, *group("release"))
    session.run("twine", "check", "--strict", *map(str, files_of("spawnnet*")))
    session.run("python", ".ci/check_distributions.py", str(DIST))


@nox.session(default=False, requires=["distributions"])
@per_package
def release(session: nox.Session, package: str) -> None:
    """Install one wheel from the built index alone, with its extras, and run its README."""
    name, _, extras = editable(package)[1].partition("[")
    (wheel,) = files_of(f"{PACKAGES[package]['project']['name'].replace('-', '_')}-*.whl")
    requirement = f"{wheel}[{extras}" if extras else str(wheel)
    install(session, "--find-links", str(DIST), requirement)
    session.run("python", ".ci/run_readme.py", f"{name}/README.md", env={"OMP_NUM_THREADS": "1"})


def files_of(pattern: str) -> list[Path]:
    """Return the built files that match."""
    return sorted(DIST.glob(pattern))


@nox.session(default=False)
@nox.parametrize("package", FUZZED, ids=FUZZED)
def fuzz(session: nox.Session, package: str) -> None:
    """Try some thousand hostile and damaged inputs of every kind; the tests try a few hundred."""
    local = [argument for name in sorted(local_closure(package)) for argument in editable(name)]
    install(session, *local, *group(f"test-{package}"))
    session.install("--no-deps", *group("test-alone"))
    files = sorted(str(path) for path in Path(f"packages/{package}/tests").rglob("test_fuzz*.py"))
    tries = os.environ.get("SPAWNNET_FUZZ", "3000")
    session.run("pytest", *files, *session.posargs, env={"SPAWNNET_FUZZ": tries})


@nox.session(default=False)
def isaacgym(session: nox.Session) -> None:
    """Test the engine of Isaac Gym with its worker in a real Python 3.8, and kill it everywhere."""
    tests = "packages/spawnnet-sim/tests"
    whole = [f"{tests}/isaacgym", f"{tests}/tools/test_isaacgym_doctor.py"]
    run_in_python38(session, 1800, [whole, [CONTRACT, "-k", "isaacgym"], [DAGGER]])


@nox.session(default=False)
def isaacgym_short(session: nox.Session) -> None:
    """Try that worker in a real Python 3.8: what an engine promises, and a run of DAgger."""
    chosen = "partnet and isaacgym and not built_again or test_isaacgym"
    run_in_python38(session, 150, [[CONTRACT, DAGGER, "-k", chosen]])


def run_in_python38(session: nox.Session, seconds: int, runs: Sequence[Sequence[str]]) -> None:
    """Run pytest with each of `runs`, workers being a Python 3.8.

    Skips the session where none with torch can be had within `seconds`.
    """
    python = str(Path(session.create_tmp()) / "python38" / "bin" / "python")
    wanted = ["mujoco==3.2.3", "numpy==1.23.5", "torch==2.4.1"]  # the last ones for it
    make = ["uv", "venv", "--clear", "--python", python38(), str(Path(python).parents[1])]
    fill = ["timeout", str(seconds), "uv", "pip", "install", "--python", python, *wanted]
    try:
        session.run(*make, external=True)
        session.run(*fill, external=True)
    except nox.command.CommandFailed:
        session.skip("no Python 3.8 with torch can be had here; PYTHON38 may name one")
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything, *group("test-spawnnet-sim"))
    environment = {"SPAWNNET_PYTHON38": python, "OMP_NUM_THREADS": "1"}
    for arguments in runs:
        session.run("pytest", *arguments, *session.posargs, env=environment)


def python38() -> str:
    """Return a Python 3.8: what PYTHON38 names, or pyenv's, or one for uv to find or fetch."""
    if named := os.environ.get("PYTHON38"):
        return named
    if shutil.which("pyenv"):
        asked = ["pyenv", "prefix", "3.8"]
        found = subprocess.run(asked, capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return str(Path(found.stdout.strip()) / "bin" / "python3.8")
    return "3.8"


@nox.session(default=False)
def reference(session: nox.Session) -> None:
    """Write the JSON Schema of configurations and the page of options, after an option changed."""
    everything = [argument for folder in PACKAGES for argument in editable(folder)]
    install(session, *everything)
    session.run("python", "docs/write_reference.py")


@nox.session(default=False)
def quickstart(session: nox.Session) -> None:
    """Install the packages and train a policy that opens drawers it has never seen."""
    extras = {"spawnnet-train": "[sim,logs,lite]"}
    wanted = [f"packages/{folder}{extras.get(folder, '')}" for folder in PACKAGES]
    install(session, *(argument for package in wanted for argument in ("-e", package)))
    session.run("spawnnet-train", "run", "configs/quickstart.yaml", *session.posargs)
