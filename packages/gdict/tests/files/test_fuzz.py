"""`SPAWNNET_FUZZ=5000 pytest test_fuzz.py` tries that many documents."""

import contextlib
import os
from pathlib import Path

import numpy as np

from gdict import GDictError, load_yaml

TRIES = int(os.environ.get("SPAWNNET_FUZZ", "200"))


def test_odd_documents_end_in_errors_or_data(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    words = [
        "a",
        "- ",
        ": ",
        "&a ",
        "*a",
        "[",
        "]",
        "{",
        "}",
        "\n",
        "  ",
        "!!int ",
        "!!set ",
        "1e9",
    ]
    words += ["<<: ", "? ", "| ", "\t", "'", '"', "!!binary ", "2026-13-99", "0x", ".inf", "~", "#"]
    for _ in range(TRIES):
        text = "".join(generator.choice(words, size=int(generator.integers(1, 25))))
        (tmp_path / "a.yaml").write_text(text)
        with contextlib.suppress(GDictError):
            load_yaml(tmp_path / "a.yaml")
