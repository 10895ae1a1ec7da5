"""Tensors of the simulator, which tell when they are read at a wrong time."""

import weakref
from typing import Any, Callable, List, Optional

import torch

# What a tensor may be asked at any time: where it lies and how it is seen, not what is in it.
_HARMLESS = {
    "__get__", "__len__", "view", "reshape", "expand", "detach", "as_subclass", "data_ptr", "dim",
    "is_contiguous", "numel", "size", "stride", "untyped_storage", "element_size", "copy_",
    "zero_", "fill_", "__repr__", "index_put_",
}  # fmt: skip


class Guarded(torch.Tensor):
    """A tensor that asks before it is read; views of it do so too.

    Attributes:
        guard: Raises if the tensor cannot be read now.
    """

    guard = None  # type: Optional[Callable[[], None]]

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        guards = [each for each in _flat(args) if isinstance(each, Guarded) and each.guard]
        name = getattr(func, "__name__", "")
        if name == "__setitem__":
            guards = [each for each in guards if each is not args[0]]
        for each in guards:
            if name not in _HARMLESS:
                each.guard()
        result = super().__torch_function__(func, types, args, kwargs or {})
        if guards and isinstance(result, Guarded) and result.guard is None:
            storage = result.untyped_storage().data_ptr()
            if any(each.untyped_storage().data_ptr() == storage for each in guards):
                result.guard = guards[0].guard
            else:
                return result.as_subclass(torch.Tensor)
        return result


def _flat(values: Any) -> List[Any]:
    found = []
    for value in values:
        found += _flat(value) if isinstance(value, (list, tuple)) else [value]
    return found


class Tensor:
    """The library's own handle of memory.

    Args:
        memory: A torch tensor with that memory.
        guard: Raises if it cannot be read now; None for memory of the caller.
    """

    def __init__(self, memory: Any, guard: Optional[Callable[[], None]] = None) -> None:
        self.guard = guard
        self._own = memory if guard is not None else None
        self._reference = weakref.ref(memory)

    @property
    def memory(self) -> Any:
        """The memory.

        Raises:
            RuntimeError: If its owner has freed it.
        """
        memory = self._reference()
        if memory is None:
            raise RuntimeError("the tensor was freed before the simulator had read it")
        return memory
