"""Find the image network among the tensors of a file, whatever it is wrapped in."""

import logging
import re
from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor

from spawnnet_encoders.backbone.efficientnet_names import efficientnet_pytorch_names
from spawnnet_encoders.errors import ConfigurationError

logger = logging.getLogger(__name__)

# What wrappers put in front of a network; needed only where a file has other names than timm, which
# then converts them.
WRAPPERS = {"backbone", "convnet", "encoder", "ema", "model", "model_ema", "module", "net"}
WRAPPERS |= {"network", "_orig_mod", "r3m", "state_dict", "state_dict_ema", "student", "teacher"}
# What compiled, checkpointed and sharded layers put between the names of layers too.
BETWEEN = {"_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module", "_forward_module"}
AVERAGED = {"ema", "teacher", "averaged", "average", "avg", "swa"}
OTHERS = {"student", "momentum", "target", "k"}  # `k`: MoCo's second encoder
# What follows, trains or decodes a network, and is not needed.
NOT_NEEDED = re.compile(
    r"(.*_)?(head|heads|fc|fc2|classifier|logits?|last_linear|pre_logits|decoder|decode|predictor"
    r"|proj|projector|projection|prototypes|queue|centers?|lang_enc|lang_rew"
    r"|optimizer|scheduler|text|language|actor|critic|policy|reward"
    r"|logit_scale|temperature|n_averaged|num_updates|loss|criterion|mask(ed)?_emb(ed)?)(_.*)?"
    r"|(aux|ibot|dino)\w*"
)
ALIKE = 0.9  # share of the best fit from which on another network fits as well


def choose_network(
    tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], choice: str | None = None
) -> dict[str, Tensor]:
    """Return the tensors of one network under the names of timm, as far as these are known.

    Args:
        tensors: Of a file, under dotted names with any prefixes.
        expected: What the network has; only shapes are looked at.
        choice: Which of several networks in the file, such as `student`; None takes an average of
            weights or a teacher if there is one.

    Raises:
        ConfigurationError: If the choice does not exist.
    """
    tensors = _without_wrapped_layers(tensors)
    choice = choice and _plain(choice)
    aliases = efficientnet_pytorch_names(expected)
    prefixes = _fitting_prefixes(tensors, expected, aliases) or _wrapped(tensors)
    chosen = [p for p in prefixes if choice is None or choice in (p[:-1], *p.split("."))]
    if not chosen:
        known = ", ".join(prefix[:-1] or "none" for prefix in prefixes)
        raise ConfigurationError(
            "backbone.weights_key", f"the file has no network `{choice}` that fits; it has {known}."
        )
    prefix = chosen[0]
    if len(chosen) > 1:
        known = ", ".join(f"`{prefix[:-1]}`" for prefix in chosen)
        logger.warning(
            "Several networks in the weight file fit (%s): `%s` is taken, `backbone.weights_key` "
            "chooses another.",
            known,
            prefix[:-1],
        )
    inner = {k.removeprefix(prefix): t for k, t in tensors.items() if k.startswith(prefix)}
    return {aliases.get(name, name): tensor for name, tensor in inner.items()}


def without_heads(
    state: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
    classifier: str | tuple[str, ...] | None,
) -> dict[str, Tensor]:
    """Return a state dict without the layers that follow or train the network.

    Args:
        state: Under timm's names.
        expected: What the network has.
        classifier: Name or names of the layers that turn features into classes, as timm's
            configuration gives them.
    """
    names = (classifier,) if isinstance(classifier, str) else classifier or ()
    prefixes = tuple(f"{name}." for name in names)
    if not any("register_tokens" in key or ".w12." in key for key in state):
        prefixes += ("mask_token",)  # by which timm knows the other files of DINOv2
    return {
        key: value
        for key, value in state.items()
        if key in expected
        or not (NOT_NEEDED.fullmatch(key.partition(".")[0]) or key.startswith(prefixes))
    }


def check_values(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Check that weights are finite numbers, of the kind that the network has.

    Raises:
        ConfigurationError: With the first tensor that is not.
    """
    for key, value in state.items():
        if value.is_meta:
            problem = "has a shape and no values"
        elif value.numel() * value.element_size() > value.untyped_storage().nbytes():
            problem = f"repeats {value.untyped_storage().nbytes()} bytes to {tuple(value.shape)}"
        elif key in expected and value.is_floating_point() != expected[key].is_floating_point():
            problem = f"is of {value.dtype}; quantised weights are not read"
        elif not torch.isfinite(value).all():
            problem = f"has {int((~torch.isfinite(value)).sum())} values that are NaN or infinite"
        else:
            continue
        raise ConfigurationError("backbone.weights", f"{key} {problem}.")


def _plain(key: str) -> str:
    return ".".join(part for part in key.split(".") if part not in BETWEEN)


def _without_wrapped_layers(tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Return tensors under names without `BETWEEN`, unless two would then have the same."""
    plain = {_plain(key): tensor for key, tensor in tensors.items()}
    return plain if len(plain) == len(tensors) else tensors


def _fitting_prefixes(
    tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], aliases: Mapping[str, str]
) -> list[str]:
    """Return behind which prefixes there is what the network expects, the best first."""
    named: Counter[str] = Counter()
    shaped: Counter[str] = Counter()
    for key, tensor in tensors.items():
        for start in (0, *(match.end() for match in re.finditer(r"\.", key))):
            name = aliases.get(key[start:], key[start:])
            if name in expected:
                named[key[:start]] += 1
                shaped[key[:start]] += tensor.shape == expected[name].shape
    if max(named.values(), default=0) < len(expected) / 2:
        return []
    for fit in (shaped, named):
        most = max(fit[prefix] for prefix in named)
        named = Counter({p: n for p, n in named.items() if fit[p] >= ALIKE * most})
    return sorted(named, key=_rank)


def _wrapped(tensors: Mapping[str, Tensor]) -> list[str]:
    """Return which chains of wrappers' names lead to the most tensors, the best first."""
    counts: Counter[str] = Counter()
    for key in tensors:
        parts = key.split(".")
        length = next((i for i, part in enumerate(parts) if part not in WRAPPERS), len(parts))
        counts["".join(f"{part}." for part in parts[:length])] += 1
    most = max(counts.values())
    return sorted((p for p, n in counts.items() if n >= ALIKE * most), key=_rank)


def _rank(prefix: str) -> int:
    words = set(re.split(r"[._]", prefix.lower()))
    return 0 if words & AVERAGED else 2 if words & OTHERS else 1
