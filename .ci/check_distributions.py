"""Check what is in wheels and source distributions; takes the folder that holds them."""

import email
import re
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

CACHES = re.compile(
    r"__pycache__|\.pyc$|\.(pytest|mypy|ruff|hypothesis)|_cache/|\.egg-info|/\.git(?!ignore)"
)
RELATIVE_LINK = re.compile(r"\[[^\]]*\]\((?!https?:)[\w./-]+\.(?:md|png|py|yaml)")
FIELDS = ("Author", "Summary", "Keywords", "Classifier", "Project-URL", "License-Expression")


def problems_of_wheel(path: Path) -> Iterator[str]:
    """Yield what is wrong with a wheel, a sentence each."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        message = email.message_from_bytes(wheel.read(metadata))
    yield from (f"holds {name}." for name in names if CACHES.search(name) or "tests/" in name)
    yield from (f"METADATA lacks {field}." for field in FIELDS if not message.get_all(field))
    text = str(message.get_payload())
    yield from (f"the README links to {link[0]}." for link in RELATIVE_LINK.finditer(text))
    for wanted in (r"\.dist-info/licenses/LICENSE$", r"^\w+/py\.typed$", r"^\w+/__about__\.py$"):
        if not any(re.search(wanted, name) for name in names):
            yield f"holds nothing like {wanted}."


def problems_of_sdist(path: Path) -> Iterator[str]:
    """Yield what is wrong with a source distribution, a sentence each."""
    with tarfile.open(path) as archive:
        members = archive.getmembers()
    for member in members:
        if CACHES.search(member.name) or not (member.isfile() or member.isdir()):
            yield f"holds {member.name}."
    names = {member.name.partition("/")[2] for member in members}
    for wanted in ("LICENSE", "CHANGELOG.md", "README.md", "pyproject.toml", "tests/standalone.py"):
        if wanted not in names:
            yield f"lacks {wanted}."


def main() -> int:
    """Print every problem; return 1 if there is one."""
    folder = Path(sys.argv[1])
    wheels, sdists = sorted(folder.glob("*.whl")), sorted(folder.glob("*.tar.gz"))
    found = [f"{path.name}: {what}" for path in wheels for what in problems_of_wheel(path)]
    found += [f"{path.name}: {what}" for path in sdists for what in problems_of_sdist(path)]
    if not wheels or len(wheels) != len(sdists):
        found.append(f"{folder} has {len(wheels)} wheels and {len(sdists)} source distributions.")
    print("\n".join(found) or f"{len(wheels)} wheels and {len(sdists)} source distributions: fine.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
