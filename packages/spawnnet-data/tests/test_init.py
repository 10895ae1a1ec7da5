from __future__ import annotations

import subprocess
import sys

import pytest

import spawnnet_data


def test_all_names_what_can_be_had() -> None:
    assert list(spawnnet_data.__all__) == sorted(spawnnet_data.__all__)
    assert set(spawnnet_data.__all__) == set(spawnnet_data._MODULES) | {"__version__"}
    for name in spawnnet_data.__all__:
        assert getattr(spawnnet_data, name) is not None
    assert dir(spawnnet_data) == spawnnet_data.__all__


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        spawnnet_data.nothing  # noqa: B018


def test_help_waits_for_no_library_of_numbers() -> None:
    code = (
        "import sys, spawnnet_data.cli\n"
        "from typer.testing import CliRunner\n"
        "result = CliRunner().invoke(spawnnet_data.cli.data_app, ['--help'])\n"
        "assert result.exit_code == 0 and 'convert' in result.output\n"
        "assert not {'torch', 'numpy', 'h5py', 'pyarrow', 'zarr'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
