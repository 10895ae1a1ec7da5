"""Every example of the README runs, one after another as a reader would paste them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.slow
def test_the_examples_of_the_readme_run(tmp_path: Path) -> None:
    text = README.read_text("utf-8")
    configs = re.findall(r"```yaml\n(.*?)```", text, re.S)
    (tmp_path / "small.yaml").write_text(configs[0])
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) >= 8
    (tmp_path / "examples.py").write_text("\n".join(blocks))
    # In a process of its own: the examples register things, and import modules that they write.
    command = [sys.executable, "examples.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
