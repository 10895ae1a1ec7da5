import numpy as np
import pytest
import torch

from gdict import GDictTypeError
from gdict.arrays import conversion

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_text_and_times_do_not_become_tensors() -> None:
    torch_ready = np.array([1, 2], ">i4")
    assert conversion.as_tensor(torch_ready).tolist() == [1, 2]
    for array in (np.array(["a"]), np.array(["2026-01-02"], "M8[D]")):
        assert conversion.as_tensor(array) is array


def test_tensors_share_writable_memory_and_copy_the_rest() -> None:
    own = MATRIX.copy()
    conversion.as_tensor(own)[0, 0] = 9
    assert own[0, 0] == 9
    fixed = MATRIX.copy()
    fixed.flags.writeable = False
    conversion.as_tensor(fixed)[0, 0] = 9
    assert fixed[0, 0] == 0
    assert conversion.as_tensor(own[::-1]).tolist() == own[::-1].tolist()


def test_a_type_that_numpy_lacks_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(GDictTypeError, match=r"astype"):
        conversion.to_numpy(torch.zeros(2, dtype=torch.bfloat16))


def test_a_tensor_has_no_type_of_objects() -> None:
    with pytest.raises(GDictTypeError, match=r"data type object"):
        conversion.astype(torch.zeros(2), object)
