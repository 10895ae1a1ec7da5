import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import gdict

PACKAGE = Path(__file__).parents[1]


def test_all_is_sorted_and_is_what_can_be_imported() -> None:
    public = {
        n
        for n, value in vars(gdict).items()
        if not n.startswith("_") and not isinstance(value, ModuleType)
    }
    assert sorted(gdict.__all__) == gdict.__all__
    assert set(gdict.__all__) == public | {"__version__"}


def test_every_public_method_has_a_docstring_and_is_on_the_api_page() -> None:
    page = (PACKAGE / "docs" / "api.md").read_text("utf-8")
    for name in gdict.__all__:
        assert f"`{name}" in page, name
    for kind in (
        gdict.GDict,
        gdict.DictArray,
        gdict.RingBuffer,
        gdict.SharedGDict,
        gdict.Quantizer,
    ):
        for name in dir(kind):
            if not name.startswith("_"):
                assert getattr(kind, name).__doc__ or not callable(getattr(kind, name)), name
                assert re.search(rf"`{name}\b", page), f"{kind.__name__}.{name}"


def test_the_package_works_alone() -> None:
    script = Path(__file__).with_name("standalone.py")
    subprocess.run([sys.executable, script, "--with-extras"], check=True)
