"""Lay the documentation out as a site: all pages where they are, and one per package.

Links between pages stay as they are, because the folder mirrors the repository.
"""

import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUFFIXES = (".md", ".png", ".yaml", ".cff")
PAGE = """# {title}

::: {module}
    options:
      members: [{members}]
"""


def copy_pages(target: Path) -> None:
    """Copy all pages and pictures that git knows, and whatever else pages link to."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in listed.stdout.splitlines() if name.endswith(SUFFIXES)]
    pages = [Path(name) for name in names if name.endswith(".md") and not name.startswith(".")]
    linked = {path for page in pages for path in links(page)}
    for name in {*map(Path, names), *linked}:
        if name.parts[0] != ".github" and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def links(page: Path) -> set[Path]:
    """Return the files within the repository that a page links to, relative to its root."""
    text = (ROOT / page).read_text("utf-8")
    found = re.findall(r"\]\((?!https?:|#)([\w./-]+)", text)
    resolved = [(ROOT / page.parent / link).resolve() for link in found]
    return {path.relative_to(ROOT) for path in resolved if path.is_file()}


def write_reference(target: Path) -> None:
    """Write a page for each package with what it offers to importers."""
    (target / "reference").mkdir(parents=True)
    for source in sorted(ROOT.glob("packages/*/src/*")):
        module = importlib.import_module(source.name)
        names = sorted(name for name in getattr(module, "__all__", ()) if name != "__version__")
        page = PAGE.format(title=source.name, module=source.name, members=", ".join(names))
        (target / f"reference/{source.name}.md").write_text(page, "utf-8")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    copy_pages(folder)
    write_reference(folder)
