import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import optree
import pytest
import torch
from torch.torch_version import TorchVersion
from torch.utils import _pytree
from torch.utils.data import DataLoader, default_collate

from gdict import DictArray, GDict


def tensors() -> DictArray:
    return DictArray({"a": torch.arange(6.0).reshape(3, 2), "list": [np.arange(3)]})


@pytest.mark.parametrize("kind", [GDict, DictArray])
def test_torch_and_optree_walk_over_the_leaves(kind: type[GDict]) -> None:
    data = kind(tensors())
    for tree_map, tree_leaves in (
        (_pytree.tree_map, _pytree.tree_leaves),
        (optree.tree_map, optree.tree_leaves),
    ):
        mapped = tree_map(lambda x: x + 1, {"in": (data,)})["in"][0]
        assert type(mapped) is kind
        assert mapped.equal(data.map(lambda x: x + 1))
        assert len(tree_leaves(data)) == 2
        assert mapped["list/0"].tolist() == [1, 2, 3]


def test_the_libraries_name_the_path_of_a_leaf() -> None:
    paths = _pytree.tree_map_with_path(lambda path, _: _pytree.keystr(path), tensors())
    assert paths["list/0"] == "._gdict_tree['list'][0]"
    assert optree.tree_paths(tensors())[1] == ("_gdict_tree", "list", 0)


LATER = """
import sys, numpy, gdict
data = gdict.GDict({{"a": {{"b": numpy.ones(2)}}}})
assert {library!r} not in sys.modules
import {module} as tree
{use}
assert [leaf.tolist() for leaf in tree.tree_leaves(data)] == [[1, 1]]
"""


@pytest.mark.parametrize(
    ("module", "use"), [("torch.utils._pytree", "data[0:1]"), ("optree", "gdict.GDict()")]
)
def test_a_library_loaded_later_knows_gdicts_once_one_is_used(module: str, use: str) -> None:
    script = LATER.format(library=module.partition(".")[0], module=module, use=use)
    subprocess.run([sys.executable, "-c", script], check=True)


BEFORE = """
from torch.utils import _pytree
import gdict
assert {gdict.GDict, gdict.DictArray} <= _pytree.SUPPORTED_NODES.keys()
"""


def test_a_library_loaded_before_knows_gdicts_at_once() -> None:
    subprocess.run([sys.executable, "-c", BEFORE], check=True)


class Doubled(torch.nn.Module):
    def forward(self, data: GDict) -> GDict:
        return GDict({"y": [data["a"] * 2]})


def test_torch_exports_models_that_take_and_return_gdicts() -> None:
    exported = torch.export.export(Doubled(), (GDict({"a": torch.ones(2)}),))
    assert exported.module()(GDict({"a": torch.arange(2.0)}))["y/0"].tolist() == [0, 2]


def test_a_data_loader_stacks_rows_to_tensors() -> None:
    batches = list(DataLoader(tensors(), batch_size=2))
    assert [len(batch) for batch in batches] == [2, 1]
    assert torch.equal(batches[0]["a"], torch.arange(4.0).reshape(2, 2))
    assert torch.equal(batches[0]["list/0"], torch.tensor([0, 1]))
    both = default_collate([{"x": GDict({"n": 1, "s": "a"})}, {"x": GDict({"n": 2, "s": "b"})}])[
        "x"
    ]
    assert torch.equal(both["n"], torch.tensor([1, 2]))
    assert both["s"].tolist() == ["a", "b"]


def test_workers_of_a_data_loader_send_batches_back() -> None:
    loader = DataLoader(tensors(), batch_size=3, num_workers=1, multiprocessing_context="fork")
    (batch,) = list(loader)
    assert torch.equal(batch["a"], torch.arange(6.0).reshape(3, 2))


def with_a_new_leaf(data: GDict) -> Any:
    part = data[1:]
    part[0:1] = 0.5
    part["c/new"] = part["a"].sum()
    return part["c/new"] + part["a"]


FUNCTIONS: dict[str, Callable[[GDict], Any]] = {
    "get": lambda d: d["c/e"] * 2,
    "map": lambda d: d.map(lambda x: x * 2)["a"],
    "slice": lambda d: d[1:]["a"],
    "construct": lambda d: GDict({"z": {"y": d["a"] + 1}})["z/y"],
    "elementwise": lambda d: d.clip(0, 1).half()["a"],
    "reduce": lambda d: d.mean(0)["c/e"],
    "stack": lambda d: GDict.stack([d, d.copy()])["a"],
    "list of rows": lambda d: d[[2, 0]]["a"],
    "set": with_a_new_leaf,
    "to torch": lambda d: d.to_torch()["a"],
    "return": lambda d: d.map(lambda x: x * 2),
}


NEED_NEW_TORCH = {"list of rows", "set"}  # torch 2.8 cannot trace the NumPy functions in there


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_torch_compile_takes_gdicts_in_one_graph(name: str) -> None:
    if name in NEED_NEW_TORCH and torch.__version__ < TorchVersion("2.14"):
        pytest.skip("older versions of torch trace no NumPy functions in one graph")
    data = GDict({"a": torch.arange(3.0), "c": {"e": torch.ones(4)}})
    compiled = torch.compile(FUNCTIONS[name], backend="aot_eager", fullgraph=True)
    found, expected = compiled(data.copy()), FUNCTIONS[name](data.copy())
    assert type(found) is type(expected)
    assert GDict(found).allclose(expected)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_data_loader_pins_memory() -> None:
    (batch,) = list(DataLoader(tensors(), batch_size=3, pin_memory=True))
    assert batch["a"].is_pinned()
