from __future__ import annotations

import types

import spawnnet_policies


def test_all_names_what_is_public() -> None:
    public = {
        name
        for name, value in vars(spawnnet_policies).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(spawnnet_policies.__all__) == public | {"__version__"}
    assert list(spawnnet_policies.__all__) == sorted(spawnnet_policies.__all__)
