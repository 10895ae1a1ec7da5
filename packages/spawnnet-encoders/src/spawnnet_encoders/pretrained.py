"""A trained encoder as a folder, on disk or on the Hugging Face Hub."""

import dataclasses
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import Tensor

from spawnnet_encoders.__about__ import __version__
from spawnnet_encoders.backbone.backbone import Backbone
from spawnnet_encoders.backbone.weights import NAMED_WEIGHTS
from spawnnet_encoders.encoder import Encoder
from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.hub import find_folder, upload
from spawnnet_encoders.registry import create_encoder, encoder_name
from spawnnet_encoders.saved_files import read_settings, read_weights

SETTINGS, WEIGHTS, BACKBONE = "encoder.json", "encoder.safetensors", "backbone.safetensors"

_CARD = """\
---
library_name: spawnnet-encoders
tags: [robotics, feature-extraction, spawnnet]
---

# {title}

A visual encoder of SpawnNet, `{name}`, for {views} views of {height} x {width} pixels and {frames}
frames; its features have {dim} numbers. Saved by `spawnnet-encoders` {version}.

{backbone}
```python
from spawnnet_encoders import from_pretrained

encoder = from_pretrained("{title}")  # or a folder
features = encoder({{"rgb": rgb, ...}}).features  # (B, {dim})
```
"""


def save_encoder(
    encoder: Encoder, folder: Path | str, *, title: str = "", with_backbone: bool = False
) -> Path:
    """Write settings, trained weights and a card into a folder, which is made if it is not there.

    Args:
        encoder: A registered one.
        folder: Gets `encoder.json`, `encoder.safetensors` and `README.md`.
        title: Of the card; the folder's name if empty.
        with_backbone: Include the weights of the frozen network, which otherwise are got by their
            name; random ones are always included.

    Raises:
        ConfigurationError: If the encoder is none that a configuration can name.
    """
    folder = Path(folder)
    settings = _describe(encoder)
    folder.mkdir(parents=True, exist_ok=True)
    _save(encoder.trainable_state_dict(), folder / WEIGHTS)
    known = encoder.backbone_fingerprint()
    is_included = encoder.has_frozen_part and (with_backbone or known["weights"] == "random")
    if encoder.backbone is not None and is_included:
        save_backbone(encoder.backbone, folder / BACKBONE)
    (folder / SETTINGS).write_text(settings + "\n", "utf-8")
    card = _card(encoder, title or folder.name, is_included=is_included)
    (folder / "README.md").write_text(card, "utf-8")
    return folder


def from_pretrained(name: str | Path, *, revision: str | None = None) -> Encoder:
    """Return an encoder that was saved, in evaluation mode.

    Args:
        name: A folder, or `owner/name` on the Hub. With HF_HUB_OFFLINE=1 in the environment only
            what is cached is looked at.
        revision: A branch, tag or commit of the repository.

    Raises:
        ConfigurationError: If there is no such folder or repository, its frozen network is another
            one, or its weights do not fit.
    """
    folder = find_folder(name, contains=SETTINGS, revision=revision)
    settings = read_settings(folder / SETTINGS)
    options, has_backbone = settings["options"], (folder / BACKBONE).is_file()
    if has_backbone or _is_trained(options):
        options = {**options, "backbone": without_weights(options.get("backbone"))}
    encoder = create_encoder(settings["name"], **settings["shape"], **options)
    if has_backbone:
        load_backbone(encoder, folder / BACKBONE)
    known, expected = encoder.backbone_fingerprint(), settings["backbone"]
    if encoder.has_frozen_part and any(
        known.get(key) != expected.get(key) for key in ("model", "sha256")
    ):
        message = f"{folder}: was trained on backbone {expected}, but this one is {known}."
        raise ConfigurationError("backbone.weights", message)
    encoder.load_trainable_state_dict(read_weights(folder / WEIGHTS))
    return encoder.eval()


def _is_trained(options: Mapping[str, Any]) -> bool:
    """Return whether the backbone was trained, so that its weights are among the others."""
    backbone = options.get("backbone")
    return isinstance(backbone, Mapping) and backbone.get("frozen") is False


def push_to_hub(
    encoder: Encoder, repo_id: str, *, private: bool = False, with_backbone: bool = False
) -> str:
    """Save an encoder as a repository of the Hugging Face Hub and return its address.

    Args:
        encoder: A registered one.
        repo_id: Such as `owner/name`; the token is that of `hf auth login` or of `HF_TOKEN`.
        private: Whether a new repository can be seen by its owner alone.
        with_backbone: See `save_encoder`; mind the licence of the weights.

    Raises:
        ConfigurationError: If the Hub cannot be reached, or does not let you.
    """
    with tempfile.TemporaryDirectory() as folder:
        save_encoder(encoder, folder, title=repo_id, with_backbone=with_backbone)
        return upload(Path(folder), repo_id, private=private, message="A trained encoder")


def save_backbone(backbone: Backbone, path: Path) -> None:
    """Write the weights of a frozen network, as it is cut and interpolated, as safetensors."""
    state = backbone.network.state_dict()
    _save({name: tensor.contiguous().clone() for name, tensor in state.items()}, path)


def _save(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors to a file that others may read as they may other files of ours."""
    path.touch()
    mode = path.stat().st_mode
    save_file(tensors, path)  # which makes a new file, for its owner alone
    path.chmod(mode)


def load_backbone(encoder: Encoder, path: Path) -> None:
    """Give an encoder the frozen network that `save_backbone` wrote.

    Raises:
        ConfigurationError: If the encoder has none, or another one.
    """
    if encoder.backbone is None:
        raise ConfigurationError("backbone", f"{path}: the encoder has no backbone.")
    state = read_weights(path, "backbone")
    try:
        encoder.backbone.network.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise ConfigurationError("backbone", f"{path}: cannot be loaded, {reason}.") from error


def without_weights(backbone: Any) -> dict[str, Any]:
    """Return settings of a backbone by which it is built without getting weights from anywhere.

    Raises:
        ConfigurationError: If they are none.
    """
    if not (isinstance(backbone, Mapping) and {"model", "weights"} <= backbone.keys()):
        raise ConfigurationError("backbone", f"expected `model` and `weights`, got {backbone!r}.")
    weights = backbone["weights"]
    # The network of named weights may differ from that of the plain model.
    model = weights if weights in NAMED_WEIGHTS else backbone["model"]
    return {**backbone, "model": model, "weights": "random"}


def _describe(encoder: Encoder) -> str:
    config: Any = getattr(encoder, "config", None)
    settings = {
        "name": encoder_name(encoder),
        "shape": dataclasses.asdict(encoder.shape),
        "options": dataclasses.asdict(config),
        "backbone": encoder.backbone_fingerprint(),
        "version": __version__,
    }
    try:
        return json.dumps(settings, indent=2)
    except TypeError as error:
        message = f"cannot be described in a file, {error}; save its weights yourself."
        raise ConfigurationError("backbone", message) from error


def _card(encoder: Encoder, title: str, *, is_included: bool) -> str:
    known, (height, width) = encoder.backbone_fingerprint(), encoder.image_size
    backbone = ""
    if known:
        where = "is in this folder" if is_included else "is got by that name when it is loaded"
        backbone = f"Its frozen network, `{known['model']}` with `{known['weights']}`, {where}.\n"
    if known and not encoder.has_frozen_part:
        backbone = f"Its backbone, `{known['model']}`, was trained too, and is in this folder.\n"
    return _CARD.format(
        title=title,
        name=encoder_name(encoder),
        views=encoder.num_views,
        height=height,
        width=width,
        frames=encoder.num_frames,
        dim=encoder.output_dim,
        version=__version__,
        backbone=backbone,
    )
