import re
from pathlib import Path
from typing import Any

import pytest

DOCUMENTS = [
    Path(__file__).parents[1] / name for name in ("README.md", "docs/api.md", "docs/migration.md")
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_example_runs(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    namespace: dict[str, Any] = {"__name__": document.name}
    for block in blocks:
        exec(compile(block, str(document), "exec"), namespace)  # noqa: S102 - our own examples
    assert blocks
