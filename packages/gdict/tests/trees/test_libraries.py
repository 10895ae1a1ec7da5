import h5py
import numpy as np
import pytest
import torch

from gdict import GDict, GDictTypeError
from gdict.trees import libraries

A = np.arange(2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4) - 7


def test_trees_are_converted_without_a_class(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        tree = {"a": [np.arange(3), "text"], "d": (file.create_dataset("d", data=[1.5, 2.5]),)}
        converted = libraries.to_torch(tree, dtype="float64")
        assert converted["a"][1] == "text"
        assert torch.equal(converted["a"][0], torch.tensor([0.0, 1.0, 2.0]).double())
        assert torch.equal(converted["d"][0], torch.tensor([1.5, 2.5]).double())
        assert libraries.half(tree)["d"][0].dtype == np.float16


def test_a_copy_shares_nothing() -> None:
    tree = {"n": np.zeros((2, 3)), "t": torch.zeros(4)}
    copied = libraries.copy(tree)
    copied["n"] += 1
    copied["t"] += 1
    assert tree["n"].sum() == tree["t"].sum() == 0


def test_to_torch_and_back_share_memory() -> None:
    array = np.zeros((2, 3))
    tensors = GDict({"a": array}).to_torch()
    tensors["a"][1, 2] = 5
    assert array[1, 2] == 5
    assert np.shares_memory(tensors.to_numpy()["a"], array)


def test_to_torch_copies_what_torch_cannot_share() -> None:
    read_only = np.arange(3)
    read_only.flags.writeable = False
    data = GDict({"r": read_only, "n": np.arange(3)[::-1], "b": np.arange(3, dtype=">i4")})
    tensors = data.to_torch()
    assert [tensors[key].tolist() for key in "rnb"] == [[0, 1, 2], [2, 1, 0], [0, 1, 2]]


def test_to_torch_leaves_text_as_it_is() -> None:
    assert GDict({"s": np.array(["a", "b"]), "t": "c"}).to_torch()["s"].tolist() == ["a", "b"]


def test_scalars_of_numpy_become_tensors() -> None:
    assert GDict({"x": np.float32(2)}).to_torch()["x"].shape == ()


def test_bfloat16_has_no_numpy_type() -> None:
    data = GDict({"a": {"b": torch.ones(3, dtype=torch.bfloat16)}})
    with pytest.raises(GDictTypeError, match=r"a/b: .*astype"):
        data.to_numpy()
    assert data.float().to_numpy()["a/b"].tolist() == [1, 1, 1]
    assert GDict({"a": A}).to_torch(dtype=torch.bfloat16)["a"].dtype == torch.bfloat16


def test_to_list_is_plain_python() -> None:
    data = GDict({"a": np.array([[1, 2]]), "t": torch.tensor([0.5]), "s": "x"})
    assert data.to_list() == {"a": [[1, 2]], "t": [0.5], "s": "x"}
    assert data.mean().item().to_plain() == {"a": 1.5, "t": 0.5, "s": "x"}


def test_detach_cuts_the_gradient() -> None:
    leaf = torch.ones(3, requires_grad=True)
    assert not GDict({"a": leaf * 2}).detach()["a"].requires_grad


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_data_moves_to_the_gpu_and_back() -> None:
    data = GDict({"a": A, "s": "x"})
    there = data.to_torch().pin_memory().cuda(non_blocking=True)
    assert there.device == {"a": "cuda:0", "s": None}
    assert there.cpu().to_numpy().equal(data)


def test_zeros_have_the_types_of_their_models() -> None:
    data = GDict({"nan": np.array([np.nan, np.inf]), "mask": np.array([True]), "n": np.float32(3)})
    zeros = data.zeros_like()
    assert zeros.dtype == {"nan": "float64", "mask": "bool", "n": "float32"}
    assert [leaf.tolist() for leaf in zeros.leaves()] == [[0, 0], [False], 0]
