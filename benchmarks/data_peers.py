"""Shuffled batches of a peer's format: this package beside the peer's own loader, in one run.

`python benchmarks/data.py --peer lerobot --python PATH`, where PATH is the Python of an environment
that holds the peer: `lerobot` with FFmpeg, `robomimic`, or `zarr<3` and `numba` with the repository
of Diffusion Policy on `PYTHONPATH`. The peer writes the set; both sides then read the same files in
turns, each time in a new process. Ours are handed over as uint8 with channels first, the peer's as
they come.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

READERS = Path(__file__).parent / "peers"
SIZES = ("episodes", "steps", "size")


class Way(NamedTuple):
    """One way to read a set."""

    name: str
    file: str
    """Name of the set, which says how it is stored."""
    frames: int
    horizon: int
    kept: str = ""
    """What the peer keeps in memory; this package then keeps the images once."""


class Peer(NamedTuple):
    """A project with a format of its own."""

    script: str
    ways: tuple[Way, ...]


PEERS = {
    "lerobot": Peer("lerobot_v3.py", (Way("AV1 video", "set", 4, 20),)),
    "robomimic": Peer(
        "robomimic_hdf5.py",
        (
            Way("raw, cache `low_dim`", "set.raw.hdf5", 4, 1),
            Way("gzip, cache `low_dim`", "set.gzip.hdf5", 4, 1),
            Way("lzf, cache `low_dim`", "set.lzf.hdf5", 4, 1),
            Way("cache `all`, 1 frame", "set.raw.hdf5", 1, 1, "all"),
            Way("cache `all`, 4 frames", "set.raw.hdf5", 4, 1, "all"),
        ),
    ),
    "diffusion_policy": Peer(
        "diffusion_policy_zarr.py",
        (
            Way("on disk", "set.zarr", 4, 20),
            Way("copy in memory", "set.zarr", 4, 20, "copy"),
        ),
    ),
}


def call(python: str, script: str, what: str, path: Path, *options: str) -> dict[str, float]:
    """Run a reader and return what its last line says; nothing of writing."""
    command = [python, str(READERS / script), what, str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1]) if what == "read" else {}


def median(runs: list[dict[str, float]], name: str) -> float:
    """Return the median of a number of several runs."""
    return statistics.median(run[name] for run in runs)


def row(way: Way, ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> str:
    """Return a row of the table."""
    ratios = [a["per_cpu_second"] / b["per_cpu_second"] for a, b in zip(ours, theirs, strict=True)]
    speeds = " | ".join(f"{median(runs, 'per_cpu_second'):.0f}" for runs in (theirs, ours))
    memory = " | ".join(f"{median(runs, 'memory'):.0f}" for runs in (theirs, ours))
    spread = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
    return f"| {way.name} | {way.frames}, {way.horizon} | {speeds} | {spread} | {memory} |"


def compare(name: str, python: str, sizes: dict[str, int], seconds: float, turns: int) -> None:
    """Print the table of one peer."""
    peer = PEERS[name]
    told = [text for key in SIZES for text in (f"--{key}", str(sizes[key]))]
    print(
        f"\n{name}; samples per second of the processor, medians of {turns} turns; memory in MB\n"
    )
    print(f"| read | frames, actions | {name} | ours | ratio | memory, {name} | memory, ours |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for way in peer.ways:
            path = Path(folder) / way.file
            if not path.exists():
                call(python, peer.script, "write", path, *told)
            options = ["--frames", str(way.frames), "--horizon", str(way.horizon)]
            options += ["--kept", way.kept, "--seconds", str(seconds)]
            ours, theirs = [], []
            for _ in range(turns):
                ours.append(call(sys.executable, "ours.py", "read", path, *options))
                theirs.append(call(python, peer.script, "read", path, *options))
            print(row(way, ours, theirs), flush=True)
