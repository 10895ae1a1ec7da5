"""The README's example is run as it stands."""

import re
import runpy
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_examples_run(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert blocks
    (tmp_path / "readme.py").write_text("".join(blocks))
    runpy.run_path(str(tmp_path / "readme.py"))
