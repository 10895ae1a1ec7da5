import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.plugins import ENTRY_POINTS, import_plugins


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a module to a folder on the path."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name: str, text: str) -> None:
        (tmp_path / f"{name}.py").write_text(text)

    return write


def test_listed_modules_are_imported_once_in_their_order(
    module: Callable[[str, str], None],
) -> None:
    module("first_plugin", "loaded = []")
    module("second_plugin", "import first_plugin\nfirst_plugin.loaded.append(__name__)")
    for _ in range(2):
        import_plugins({"imports": ["first_plugin", "second_plugin"], "seed": 1})
    assert sys.modules["first_plugin"].loaded == ["second_plugin"]


def test_nothing_listed_is_nothing_imported() -> None:
    before = set(sys.modules)
    import_plugins({})
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("imports", "problem"),
    [
        (["no_such_plugin"], "imports[0]: there is no module 'no_such_plugin'; is its folder on "),
        (["json", "no_such.part"], "imports[1]: there is no module 'no_such.part'; "),
        (["json.no_such_part"], "imports[0]: there is no module 'json.no_such_part'; "),
        ("json", "imports: expected a list of modules, got 'json'."),
        ([1], "imports: expected a list of modules, got [1]."),
        ([""], "imports: expected a list of modules, got ['']."),
        (None, "imports: expected a list of modules, got None."),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(imports: object, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        import_plugins({"imports": imports})
    (found,) = error.value.problems
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("import no_such_library", ModuleNotFoundError),
        ("from json import no_such_name", ImportError),
        ("raise ValueError('a bug')", ValueError),
    ],
)
def test_an_error_inside_a_module_passes_through(
    module: Callable[[str, str], None], text: str, kind: type[Exception]
) -> None:
    module("broken_plugin", text)
    with pytest.raises(kind) as error:
        import_plugins({"imports": ["broken_plugin"]})
    assert type(error.value) is kind


def test_installed_plugins_are_read_without_being_named(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def entry_points(*, group: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(load=lambda: loaded.append(group))]

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    import_plugins({})
    assert loaded == [ENTRY_POINTS] == ["spawnnet.plugins"]
