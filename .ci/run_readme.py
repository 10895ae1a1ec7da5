"""Run the examples of a README as a reader would paste them, in an empty folder."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run all Python blocks as one program; the first YAML block lies beside it as small.yaml."""
    text = Path(sys.argv[1]).read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    with tempfile.TemporaryDirectory() as folder:
        for config in re.findall(r"```yaml\n(.*?)```", text, re.S)[:1]:
            Path(folder, "small.yaml").write_text(config, "utf-8")
        Path(folder, "examples.py").write_text("\n".join(blocks), "utf-8")
        # Nothing but what is installed: no folder of the repository is on the path.
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run([sys.executable, "examples.py"], cwd=folder, env=clean, check=False)
    print(f"{sys.argv[1]}: {len(blocks)} examples, exit status {done.returncode}.")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
