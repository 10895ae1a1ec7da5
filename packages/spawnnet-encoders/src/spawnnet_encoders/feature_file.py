"""Features of the frozen backbone in files that runs and processes share."""

import fcntl
import hashlib
import json
import os
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, final

import torch
from torch import Tensor

from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.quantization import FeatureFormat

_DIGEST_BYTES = 16
_DESCRIPTION, _FEATURES, _IMAGES = "description.json", "features.bin", "images.bin"


class _Part(NamedTuple):
    """One tensor of a row: name of its data type, and its shape without the axis of rows."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        return torch.empty(self.shape, dtype=getattr(torch, self.dtype), device="meta").nbytes


@final
class FeatureFile:
    """Features on disk, found by the content of their images.

    A row belongs to the bytes of an image, so that a file of demonstrations that was changed, moved
    or sorted differently finds exactly what is still true. `features.bin` holds the rows and
    `images.bin` a digest of the image of each; a row counts once its digest is there, so that a
    fill that was interrupted is gone on with. Several processes may fill it at a time, forked ones
    too; a copy, also a pickled one, opens the same files.

    Args:
        folder: Of all such files; the one of this encoder and format is below it.
        encoder: Whose frozen features they are: another backbone gets another file.
        frozen_format: What they are rounded to.

    Attributes:
        path: The folder of this encoder and format.

    Raises:
        ConfigurationError: If its files are damaged.
    """

    def __init__(self, folder: Path | str, encoder: Encoder, frozen_format: FeatureFormat) -> None:
        self._identity = {**encoder.frozen_identity(), "format": frozen_format}
        text = json.dumps(self._identity, sort_keys=True)
        self.path = Path(folder) / hashlib.sha256(text.encode()).hexdigest()[:16]
        self._start()

    def _start(self) -> None:
        self._rows: dict[bytes, int] = {}
        self._parts: tuple[_Part, ...] = ()
        if (self.path / _DESCRIPTION).is_file():
            self._open()

    def __getstate__(self) -> dict[str, Any]:
        # A copied number of a descriptor would mean another file once this one is closed.
        return {"path": self.path, "_identity": self._identity}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start()

    def __len__(self) -> int:
        """Return the number of images whose features are there."""
        self._refresh()
        return len(self._rows)

    @property
    def row_bytes(self) -> int:
        """Bytes of the features of one time step; 0 as long as there are none."""
        return sum(part.nbytes for part in self._parts)

    def find(self, rgb: Tensor, image_ids: Tensor) -> Tensor:
        """See `KeptFeatures`; what other processes have written is found, too."""
        del image_ids
        digests = _digests(rgb)
        if any(digest not in self._rows for digest in digests):
            self._refresh()
        return torch.tensor([self._rows.get(digest, -1) for digest in digests])

    def read(self, rows: Tensor) -> tuple[Tensor, ...]:
        """See `KeptFeatures`.

        Raises:
            ConfigurationError: If the file has become shorter.
        """
        size, numbers = self.row_bytes, rows.tolist()
        for row in numbers if hasattr(os, "posix_fadvise") else ():
            # So that the disk fetches all of them at once.
            os.posix_fadvise(self._features, row * size, size, os.POSIX_FADV_WILLNEED)
        packed = torch.empty(len(numbers), size, dtype=torch.uint8)
        for row, buffer in zip(numbers, packed.numpy(), strict=True):
            if os.preadv(self._features, [buffer], row * size) != size:
                raise ConfigurationError("", f"{self.path}: is damaged; delete this folder.")
        return tuple(self._split(packed))

    def _split(self, packed: Tensor) -> Iterator[Tensor]:
        start = 0
        for part in self._parts:
            piece = packed[:, start : start + part.nbytes].contiguous()
            yield piece.view(getattr(torch, part.dtype)).view(len(packed), *part.shape)
            start += part.nbytes

    def add(self, features: tuple[Tensor, ...], rgb: Tensor, image_ids: Tensor) -> None:
        """See `KeptFeatures`; what another process has added meanwhile stays.

        Raises:
            OSError: If the disk is full, or the folder was removed.
        """
        del image_ids
        if not self._parts:
            self._create(features)
        digests = _digests(rgb)
        packed = torch.cat([_as_bytes(part) for part in features], 1)  # (N, row_bytes)
        with self._locked():
            self._refresh()
            added = {digest: i for i, digest in enumerate(digests) if digest not in self._rows}
            if added:
                self._append(packed[list(added.values())], b"".join(added))
        self._refresh()

    def _append(self, rows: Tensor, digests: bytes) -> None:
        first = len(self._rows)
        try:
            _write_all(self._features, rows.numpy().tobytes(), first * self.row_bytes)
            os.fdatasync(self._features)  # or a power cut could leave a digest without its row
            _write_all(self._images, digests, first * _DIGEST_BYTES)
        except OSError as error:  # which does not know the file
            raise OSError(error.errno, error.strerror, str(self.path)) from None

    def _refresh(self) -> None:
        """Take in the digests written since; a last one that is cut off does not count."""
        if not self._parts:
            if not (self.path / _DESCRIPTION).is_file():
                return
            self._open()
        known = len(self._rows)
        count = os.fstat(self._images).st_size // _DIGEST_BYTES - known
        if count > 0:
            content = os.pread(self._images, count * _DIGEST_BYTES, known * _DIGEST_BYTES)
            pieces = (content[i : i + _DIGEST_BYTES] for i in range(0, len(content), _DIGEST_BYTES))
            self._rows.update((digest, known + i) for i, digest in enumerate(pieces))

    def _create(self, features: Sequence[Tensor]) -> None:
        """Describe the rows; of several processes that do, all write the same."""
        parts = [(str(part.dtype).removeprefix("torch."), part.shape[1:]) for part in features]
        self.path.mkdir(parents=True, exist_ok=True)
        temporary = self.path / f".{_DESCRIPTION}.{os.urandom(6).hex()}"
        temporary.write_text(json.dumps({**self._identity, "parts": parts}, indent=2), "utf-8")
        temporary.replace(self.path / _DESCRIPTION)
        self._open()

    def _open(self) -> None:
        try:
            described = json.loads((self.path / _DESCRIPTION).read_text("utf-8"))
            parts = tuple(_Part(dtype, tuple(shape)) for dtype, shape in described["parts"])
            _ = [part.nbytes for part in parts]
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
            message = f"{self.path / _DESCRIPTION}: is damaged ({error}); delete this folder."
            raise ConfigurationError("", message) from error
        self._features, self._images = (self._descriptor(name) for name in (_FEATURES, _IMAGES))
        self._parts = parts

    def _descriptor(self, name: str) -> int:
        descriptor = os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        weakref.finalize(self, os.close, descriptor)
        return descriptor

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep all others from writing.

        A lock belongs to a file that was opened once, so this one is opened anew: forked processes
        and threads share those of the object.
        """
        descriptor = os.open(self.path / _IMAGES, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _digests(rgb: Tensor) -> list[bytes]:
    """Return 16 bytes for each of `(N, V, 3, H, W)` images that no other image has."""
    images = rgb.cpu().contiguous().flatten(1).numpy()
    return [hashlib.blake2b(image, digest_size=_DIGEST_BYTES).digest() for image in images]


def _as_bytes(part: Tensor) -> Tensor:
    """Return rows `(N, ...)` as `(N, bytes)`."""
    return part.cpu().contiguous().flatten(1).view(torch.uint8)


def _write_all(descriptor: int, content: bytes, position: int) -> None:
    view = memoryview(content)
    while view:  # beyond 2 GiB a single call writes a part
        written = os.pwrite(descriptor, view, position)
        view, position = view[written:], position + written
