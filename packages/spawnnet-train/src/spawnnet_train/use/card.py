"""The card of an exported policy: what it was trained on, how well it does, how to load it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spawnnet_record.run_record import RunRecord
from spawnnet_train.__about__ import __version__
from spawnnet_train.use.program import PROGRAM
from spawnnet_train.use.saved_policy import BACKBONE, SavedPolicy

CARD = "README.md"

_HEAD = """\
---
library_name: spawnnet-train
pipeline_tag: robotics
tags: [robotics, imitation-learning, spawnnet]
---

# {title}

A visuomotor policy: images of {views} in, {horizon} actions of {width} numbers out.
It was trained with SpawnNet, by `spawnnet-train` {version}.
"""

_LOADING = """\
```python
from spawnnet_train import load_policy

policy = load_policy("{title}")  # this folder
policy.reset()
action = policy.act({observation})
```

`spawnnet-train serve` answers robot programs over the network, and `spawnnet-train latency` says
how long a control step takes.
"""

_PROGRAM = """
`{file}` is the same policy as a program for torch alone, for one stack of frames at a time:

```python
import torch

program = torch.export.load("{file}").module()
chunk = program({{{entries}}})  # (1, {horizon}, {width})
```
"""


def model_card(record: RunRecord, saved: SavedPolicy, files: Sequence[str]) -> str:
    """Return the card as Markdown, with a head that the Hugging Face Hub reads.

    Args:
        record: Of the run that the policy is from.
        saved: The policy.
        files: Names of what is in its folder beside the card.
    """
    settings = record.settings()
    title = f"{settings['experiment']}-{saved.checkpoint}"
    sections = {
        "What it was trained on": _table(("", ""), _origin(record, settings, saved).items()),
        "How well it does": _success(record, settings, saved),
        "What it sees and does": _table(("", ""), _interface(saved).items()),
        "How to load it": _loading(saved, title, files),
        "The frozen network": _backbone(settings, saved, files),
    }
    head = _HEAD.format(
        title=title,
        views=", ".join(saved.spec.views),
        horizon=saved.config.student.action_horizon,
        width=saved.spec.action_dim,
        version=__version__,
    )
    return "\n".join([head, *(f"## {name}\n\n{text}" for name, text in sections.items())])


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _origin(record: RunRecord, settings: Mapping[str, Any], saved: SavedPolicy) -> dict[str, str]:
    algorithm, simulation = settings["algorithm"], settings.get("simulation")
    shown = algorithm.get("demonstrations")
    rows = {"algorithm": f"`{algorithm['name']}`"}
    if shown is not None:
        rows["demonstrations"] = f"`{shown['train']['path']}`"
    if simulation is not None:
        cabinets = simulation["cabinets"]
        rows["task"] = f"`{simulation['task']}` in simulation"
        rows["cabinets"] = f"{cabinets['count']} of `{cabinets.get('set')}`"
    return rows | {
        "encoder": f"`{settings['encoder']['name']}`",
        "policy head": f"`{settings['policy']['name']}`",
        "checkpoint": f"`{saved.checkpoint}`, after {saved.facts.get('updates', '?')} updates",
        "run": f"`{settings['experiment']}/{record.directory.path.resolve().name}`",
    }


def _success(record: RunRecord, settings: Mapping[str, Any], saved: SavedPolicy) -> str:
    seed = str(settings.get("evaluation", {}).get("seed"))
    wanted = {"checkpoint": saved.checkpoint, "seed": seed, "blind": "0"}
    measured = [row for row in record.evaluations() if wanted.items() <= row.items()]
    if measured:
        rows = [
            (
                row["split"],
                f"{row['successes']} of {row['episodes']}",
                f"{float(row['rate']):.0%}",
                f"{float(row['low']):.0%} to {float(row['high']):.0%}",
            )
            for row in measured
        ]
        return _table(("split", "successes", "rate", "95 % interval"), rows)
    errors = _validation_errors(record, saved)
    if not errors:
        return "This checkpoint was neither rolled out nor validated.\n"
    rows = [(f"`{name}`", f"{value:.4g}") for name, value in errors.items()]
    return "It was not rolled out. On validation data:\n\n" + _table(("error", ""), rows)


def _validation_errors(record: RunRecord, saved: SavedPolicy) -> dict[str, float]:
    """Return what was measured on validation data when the checkpoint was written."""
    updates = saved.facts.get("updates")
    rows = [row for row in record.metrics() if row["update"] == updates]
    known = {name: value for row in rows for name, value in row.items()}
    return {name: v for name, v in known.items() if name.startswith("val/") and name.count("/") < 2}


def _interface(saved: SavedPolicy) -> dict[str, str]:
    spec, student = saved.spec, saved.config.student
    height, width = spec.image_size
    low, high = spec.action_bounds
    names = zip(spec.action_names, low, high, strict=True)
    return {
        "views": f"{', '.join(f'`{view}`' for view in spec.views)}; resized to {height} x {width}",
        "depth": ", ".join(f"`{view}`" for view in spec.depth_views) or "none",
        "proprioception": f"{spec.proprioception_dim} numbers"
        if student.proprioception
        else "none",
        "frames": ", ".join(map(str, student.stack_idx)),
        "actions": "; ".join(f"{name} from {a:.4g} to {b:.4g}" for name, a, b in names),
        "predicted, executed": f"{student.action_horizon}, {student.execution_horizon} steps",
        "control rate": "unknown" if spec.rate is None else f"{spec.rate:g} Hz",
    }


def _loading(saved: SavedPolicy, title: str, files: Sequence[str]) -> str:
    spec, student = saved.spec, saved.config.student
    images = ", ".join(f'"{view}": image' for view in spec.views)
    entries = [f'"rgb": {{{images}}}']
    if spec.has_depth:
        entries += [f'"depth": {{{", ".join(f"{view!r}: metres" for view in spec.depth_views)}}}']
    names = ["rgb", *(["depth"] if spec.has_depth else [])]
    if student.proprioception:
        entries, names = [*entries, '"proprioception": state'], [*names, "proprioception"]
    text = _LOADING.format(title=title, observation=f"{{{', '.join(entries)}}}".replace("'", '"'))
    if PROGRAM in files:
        text += _PROGRAM.format(
            file=PROGRAM,
            entries=", ".join(f'"{name}": {name}' for name in names),
            horizon=student.action_horizon,
            width=spec.action_dim,
        )
    return text


def _backbone(settings: Mapping[str, Any], saved: SavedPolicy, files: Sequence[str]) -> str:
    known = saved.student.encoder.backbone_fingerprint()
    if not known:
        return "There is none: all weights were trained, and are in this folder.\n"
    if not saved.student.encoder.has_frozen_part:
        return f"`{known['model']}` was trained too; its weights are in this folder.\n"
    where = f"are in this folder, as `{BACKBONE}`."
    if BACKBONE not in files:
        where = "are **not in this folder**: loading gets them by that name, and refuses others."
        if known["weights"] == "random":
            where = f"are drawn again from the seed, {saved.config.seed}, and compared."
    return (
        f"`{known['model']}` with the weights `{known['weights']}` (SHA-256 `{known['sha256']}`), "
        f"which {where}\n"
    )
