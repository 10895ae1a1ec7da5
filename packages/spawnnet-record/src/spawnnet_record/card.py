"""The card of an exported policy: what it was trained on, how well it does, how to load it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from spawnnet_record.files import reading
from spawnnet_record.run_record import RunRecord

CARD, BACKBONE, PROGRAM = "README.md", "backbone.safetensors", "program.pt2"
"""The card, and files beside it that it tells of."""

_HEAD = """\
---
library_name: spawnnet-train
pipeline_tag: robotics
tags: [robotics, imitation-learning, spawnnet]
---

# {title}

A visuomotor policy: images of {views} in, {horizon} actions of {width} numbers out. It was trained
with [SpawnNet](https://arxiv.org/abs/2307.03567)'s trainer, `spawnnet-train`.
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


class _Exported(NamedTuple):
    """What a run wrote of a policy: `config.yaml`, `spec.json` and the facts of its checkpoint."""

    settings: Mapping[str, Any]
    spec: Mapping[str, Any]
    facts: Mapping[str, Any]


def model_card(record: RunRecord, checkpoint: str, files: Sequence[str]) -> str:
    """Return the card as Markdown, with a head that the Hugging Face Hub reads.

    Args:
        record: Of the run that the policy is from.
        checkpoint: Its name.
        files: Names of what is in the policy's folder beside the card.

    Raises:
        RecordError: If the run's files are damaged.
    """
    run = record.directory
    file = run.checkpoints / f"{checkpoint}.json"
    with reading(run.spec):
        spec = json.loads(run.spec.read_text("utf-8"))
    with reading(file):
        facts = json.loads(file.read_text("utf-8"))
    exported = _Exported(record.settings(), spec, facts)
    with reading(run.config, "cannot be described"):
        return _write(record, checkpoint, exported, files)


def _write(record: RunRecord, checkpoint: str, exported: _Exported, files: Sequence[str]) -> str:
    settings, spec, _ = exported
    title = f"{settings['experiment']}-{checkpoint}"
    sections = {
        "What it was trained on": _table(("", ""), _origin(record, checkpoint, exported).items()),
        "How well it does": _success(record, checkpoint, exported),
        "What it sees and does": _table(("", ""), _interface(exported).items()),
        "How to load it": _loading(title, exported, files),
        "The frozen network": _backbone(exported, files),
    }
    head = _HEAD.format(
        title=title,
        views=", ".join(spec["views"]),
        horizon=settings["student"]["action_horizon"],
        width=len(spec["action_names"]),
    )
    return "\n".join([head, *(f"## {name}\n\n{text}" for name, text in sections.items())])


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _origin(record: RunRecord, checkpoint: str, exported: _Exported) -> dict[str, str]:
    settings = exported.settings
    algorithm, simulation = settings["algorithm"], settings.get("simulation")
    rows = {"algorithm": f"`{algorithm['name']}`"}
    if (shown := algorithm.get("demonstrations")) is not None:
        rows["demonstrations"] = f"`{shown['train']['path']}`"
    if simulation is not None:
        cabinets = simulation["cabinets"]
        rows["task"] = f"`{simulation['task']}` in simulation"
        rows["cabinets"] = f"{cabinets['count']} of `{cabinets.get('set')}`"
    return rows | {
        "encoder": f"`{settings['encoder']['name']}`",
        "policy head": f"`{settings['policy']['name']}`",
        "checkpoint": f"`{checkpoint}`, after {exported.facts.get('updates', '?')} updates",
        "run": f"`{settings['experiment']}/{record.directory.path.resolve().name}`",
    }


def _success(record: RunRecord, checkpoint: str, exported: _Exported) -> str:
    seed = str(exported.settings.get("evaluation", {}).get("seed"))
    wanted = {"checkpoint": checkpoint, "seed": seed}
    shown = record.comparable_evaluations()
    measured = [row for row in shown if wanted.items() <= row.items()]
    if measured:
        header = ("split", "successes", "rate", "95 % interval")
        return _table(header, map(_success_row, measured))
    errors = _validation_errors(record, exported.facts.get("updates"))
    if not errors:
        return "This checkpoint was neither rolled out nor validated.\n"
    rows = [(f"`{name}`", f"{value:.4g}") for name, value in errors.items()]
    return "It was not rolled out. On validation data:\n\n" + _table(("error", ""), rows)


def _success_row(row: Mapping[str, str]) -> tuple[str, ...]:
    rate, low, high = (f"{float(row[name]):.0%}" for name in ("rate", "low", "high"))
    return row["split"], f"{row['successes']} of {row['episodes']}", rate, f"{low} to {high}"


def _validation_errors(record: RunRecord, updates: Any) -> dict[str, float]:
    """Return what was measured on validation data when the checkpoint was written."""
    rows = [row for row in record.metrics() if row["update"] == updates]
    known = {name: value for row in rows for name, value in row.items()}
    return {name: v for name, v in known.items() if name.startswith("val/") and name.count("/") < 2}


def _interface(exported: _Exported) -> dict[str, str]:
    spec, student = exported.spec, exported.settings["student"]
    height, width = spec["image_size"]
    limits = zip(spec["action_names"], *spec["action_bounds"], strict=True)
    state = f"{spec['proprioception_dim']} numbers" if student["proprioception"] else "none"
    executed = f"{student['action_horizon']}, {student['execution_horizon']} steps"
    return {
        "views": f"{_quoted(spec['views'])}; resized to {height} x {width}",
        "depth": _quoted(spec["depth_views"]) or "none",
        "proprioception": state,
        "frames": ", ".join(map(str, student["stack_idx"])),
        "actions": "; ".join(f"{name} from {a:.4g} to {b:.4g}" for name, a, b in limits),
        "predicted, executed": executed,
        "control rate": "unknown" if spec["rate"] is None else f"{spec['rate']:g} Hz",
    }


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _loading(title: str, exported: _Exported, files: Sequence[str]) -> str:
    spec, student = exported.spec, exported.settings["student"]
    entries = {"rgb": _by_view(spec["views"], "image")}
    if spec["depth_views"]:
        entries["depth"] = _by_view(spec["depth_views"], "metres")
    if student["proprioception"]:
        entries["proprioception"] = "state"
    observation = ", ".join(f'"{name}": {value}' for name, value in entries.items())
    text = _LOADING.format(title=title, observation=f"{{{observation}}}")
    if PROGRAM not in files:
        return text
    return text + _PROGRAM.format(
        file=PROGRAM,
        entries=", ".join(f'"{name}": {name}' for name in entries),
        horizon=student["action_horizon"],
        width=len(spec["action_names"]),
    )


def _by_view(views: Iterable[str], value: str) -> str:
    return "{" + ", ".join(f'"{view}": {value}' for view in views) + "}"


def _backbone(exported: _Exported, files: Sequence[str]) -> str:
    known = exported.facts.get("backbone")
    if not known:
        return "There is none: all weights were trained, and are in this folder.\n"
    if not exported.settings["encoder"]["backbone"].get("frozen", True):
        return f"`{known['model']}` was trained too; its weights are in this folder.\n"
    where = "are **not in this folder**: loading gets them by that name, and refuses others."
    if BACKBONE in files:
        where = f"are in this folder, as `{BACKBONE}`."
    elif known["weights"] == "random":
        where = f"are drawn again from the seed, {exported.settings['seed']}, and compared."
    return (
        f"`{known['model']}` with the weights `{known['weights']}` (SHA-256 `{known['sha256']}`), "
        f"which {where}\n"
    )
