from pathlib import Path

import pytest
from examples import run_examples

DOCUMENTS = [
    Path(__file__).parents[1] / name for name in ("README.md", "docs/api.md", "docs/migration.md")
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_example_runs(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_examples(document) >= 1
