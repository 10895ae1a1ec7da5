"""The files of one PartNet-Mobility asset; every complaint names the asset and the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.extras import import_extra

FIELD = "cabinets.folder"  # where in a configuration the assets come from
MAX_TEXTURE = 512  # pixels a side; larger images are scaled down


class AssetFiles:
    """Reads the files of an asset by their paths inside its folder.

    Args:
        folder: Such as `.../44781_link_0`.

    Raises:
        ConfigurationError: If there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigurationError(
                FIELD, f"PartNet asset {folder.name!r}: there is no folder {str(folder)!r}."
            )
        self.folder, self.name = folder, folder.name

    def error(self, file: str, problem: str) -> ConfigurationError:
        """Return the error that a file has a problem, for the caller to raise."""
        return ConfigurationError(FIELD, f"PartNet asset {self.name!r}: `{file}` {problem}.")

    def text(self, file: str) -> str:
        """Return a text file.

        Raises:
            ConfigurationError: If it is missing, or lies elsewhere.
        """
        return self._existing(file).read_text(encoding="utf-8", errors="replace")

    def numbers(self, file: str, *paths: str) -> tuple[float, ...]:
        """Return numbers from a JSON or YAML file.

        Args:
            file: Its path inside the asset's folder.
            paths: Paths of the numbers inside the file: keys and list indices, joined by dots.

        Raises:
            ConfigurationError: If the file is missing or broken, or a path does not lead to a
                number.
        """
        yaml = import_extra("yaml", "partnet")  # JSON is YAML
        try:
            content = yaml.safe_load(self.text(file))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self.error(file, f"is broken: {' '.join(str(error).split())}") from error
        return tuple(self._number(file, content, path) for path in paths)

    def image(self, file: str) -> NDArray[np.uint8]:
        """Return an image, `(h, w, 3)`, at most `MAX_TEXTURE` a side.

        Raises:
            ConfigurationError: If it is missing or broken.
        """
        pillow = import_extra("PIL.Image", "partnet")
        path = self._existing(file)
        try:
            with pillow.open(path) as image:
                image.draft("RGB", (MAX_TEXTURE, MAX_TEXTURE))
                picture = image.convert("RGB")
        except Exception as error:  # what Pillow's decoders raise, and of images too large
            raise self.error(file, f"is not an image: {error}") from error
        picture.thumbnail((MAX_TEXTURE, MAX_TEXTURE))
        return np.asarray(picture)

    def _existing(self, file: str) -> Path:
        path = self.folder / file
        if not path.is_file():
            raise self.error(file, "is missing")
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise self.error(file, "lies outside of the asset's folder, copy it there")
        return path

    def _number(self, file: str, content: Any, path: str) -> float:
        value = content
        try:
            for key in path.split("."):
                value = value[int(key) if isinstance(value, list) else key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise self.error(file, f"has no `{path}`") from None
        try:
            number = float(value)  # PyYAML reads 1e-05 as a string
        except (TypeError, ValueError):
            number = float("nan")
        if not np.isfinite(number):
            raise self.error(file, f"has {value!r} at `{path}`, expected a number")
        return number
