"""Every tutorial runs as it stands, and shows what it prints; notebooks hold no output."""

import ast
import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from walkthrough import walk

DOCS = Path(__file__).parent.parent / "docs"
TUTORIALS = sorted(path for path in DOCS.glob("tutorials/*.md") if path.stem != "README")
NOTEBOOKS = sorted(DOCS.glob("notebooks/*.ipynb"))
NEEDED = {"reinforcement": "stable_baselines3"}


@pytest.mark.filterwarnings("default")  # of third parties; each package's tests are strict
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_and_prints_what_it_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = NEEDED.get(page.stem)
    if needed and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    walk(page)


def test_a_page_that_shows_something_else_than_it_prints_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(6 * 7)\n```\n\n```text\n4...\n```\n")
    walk(page)
    page.write_text(page.read_text().replace("4...", "43"))
    with pytest.raises(AssertionError, match=r"shows\n43\n"):
        walk(page)


def test_a_command_that_fails_or_ends_with_a_status_fails_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for command in ("false", f"spawnnet-train check {tmp_path / 'none.yaml'}"):
        page.write_text(f"```bash\n{command}\n```\n")
        with pytest.raises(AssertionError):
            walk(page)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_code_and_no_output(path: Path) -> None:
    book = json.loads(path.read_text("utf-8"))
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert book["cells"][0]["source"][0].startswith("# ")
    for cell in cells:
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        ast.parse("".join(cell["source"]))


def test_every_tutorial_and_notebook_is_in_the_list() -> None:
    listed = re.findall(r"\]\(([\w./]+)\)", (DOCS / "tutorials/README.md").read_text("utf-8"))
    for path in (*TUTORIALS, *NOTEBOOKS):
        assert any((DOCS / "tutorials" / link).resolve() == path for link in listed), path.name
