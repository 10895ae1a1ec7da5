"""What this machine can use."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

from rich.markup import escape
from rich.table import Column, Table

from spawnnet_sim.mujoco.rendering import REMEDY, RENDERERS, available
from spawnnet_sim.mujoco.rendering.egl_devices import egl_number
from spawnnet_sim.mujoco.rendering.processes import variable_problem
from spawnnet_sim.physics.gpus import list_gpus

_EXTRAS = {
    "video": ("av", "PIL"),
    "expert": ("torch",),
    "hdf5": ("h5py",),
    "partnet": ("coacd", "PIL", "yaml"),
    "ppo": ("stable_baselines3", "safetensors", "matplotlib"),
}


@dataclass(frozen=True)
class Finding:
    """One part of the simulation on this machine.

    Attributes:
        part: What was looked at.
        works: Whether it can be used.
        remark: A fact about it, or the one thing to do to make it work.
    """

    part: str
    works: bool
    remark: str


def diagnose() -> Iterator[Finding]:
    """Look at engines, renderers and optional dependencies, one after another."""
    cores = f"{len(os.sched_getaffinity(0))} cores" if hasattr(os, "sched_getaffinity") else ""
    yield Finding("engine: MuJoCo", True, f"version {version('mujoco')}, {cores}".rstrip(", "))
    problem = variable_problem()
    if problem is not None:
        yield Finding("MUJOCO_GL", False, problem)
    for name in RENDERERS:
        works = available(name)
        yield Finding(f"renderer: {name}", works, "" if works else REMEDY[name])
    yield from _gpus()
    for extra, modules in _EXTRAS.items():
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        remark = f"pip install 'spawnnet-sim[{extra}]'" if missing else ""
        yield Finding(f"extra: {extra}", not missing, remark)


def table_of(findings: Iterable[Finding]) -> Table:
    """Return findings as a table for a terminal."""
    table = Table("part", "works", Column("what to do", overflow="fold"))
    for finding in findings:
        works = "[green]yes[/]" if finding.works else "[red]no[/]"
        table.add_row(finding.part, works, escape(finding.remark))
    return table


def _gpus() -> Iterator[Finding]:
    """Say which GPUs CUDA shows, in the order of `engine.devices`, and what EGL calls them."""
    gpus = list_gpus()
    if not gpus:
        yield Finding("GPUs", False, "CUDA shows none: workers use the processor")
    for number, gpu in enumerate(gpus):
        device = egl_number(gpu) if available("egl") else None
        found = "no EGL device" if device is None else f"EGL device {device}"
        remark = f"{gpu.name}, {gpu.uuid}, PCI {gpu.pci}, {found}"
        yield Finding(f"GPU {number}", device is not None, remark)
