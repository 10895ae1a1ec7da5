"""Updates per second by where the features of the frozen backbone are kept.

`python benchmarks/features.py [--case paper] [--images 8] [--batches 3]` prints a table. Each
row draws the same batches, fetches their features and makes an update with them: from memory, from
a file whose pages are in the page cache (warm) or not (cold, as with a set far larger than the
memory), and computed again. Memory is what the process took to keep them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import torch
from frozen_features import CASES, Case, create_student, draw_batch
from page_cache import drop_from_cache

from spawnnet_encoders import FeatureFile, FeatureStore, KeptFeatures, MemoryFeatures
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.learner import Learner
from spawnnet_train.student.student import Student

FORMAT = "float16"


class Row(NamedTuple):
    """What one way of keeping features came to."""

    name: str
    fetch: float
    """Seconds per sample to have the features."""
    update: float
    """Seconds per sample of the whole update, fetching included."""
    cpu: float
    """Seconds of the processor per sample of the update, which a crowded machine tells, too."""
    memory: int
    """Bytes."""


class Work(NamedTuple):
    """Images, and which of them the batches hold."""

    rgb: torch.Tensor
    batches: list[torch.Tensor]


def resident() -> int:
    """Return the bytes of memory that are this process's own, the page cache left out."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return 1024 * int(dict(line.split(":", 1) for line in lines)["RssAnon"].split()[0])


def measure(
    case: Case,
    student: Student,
    kept: KeptFeatures | None,
    work: Work,
    before: Callable[[], None] = lambda: None,
) -> tuple[float, float, float, int]:
    """Return a row's numbers."""
    store = FeatureStore(student.encoder, FORMAT, kept)
    free = resident()
    if kept is not None:
        ids = torch.arange(len(work.rgb))
        for part in ids.split(2):
            store.features(work.rgb[part], part)
    taken = resident() - free
    learner = Learner(student, LearningConfig(clip_grad_norm=1.0), periods=[100])
    fetch = update = cpu = 0.0
    for number, ids in enumerate(work.batches):
        before()
        start, busy = time.perf_counter(), time.process_time()
        features = store.features(work.rgb[ids], ids)
        fetched = time.perf_counter()
        batch = draw_batch(case)
        stack = batch.stack._replace(frozen=tuple(part.unsqueeze(1) for part in features))
        learner.update(batch._replace(stack=stack))
        if number:  # the first one warms up
            fetch += fetched - start
            update += time.perf_counter() - start
            cpu += time.process_time() - busy
    samples = case.batch * (len(work.batches) - 1)
    return fetch / samples, update / samples, cpu / samples, taken


@contextmanager
def folder_of(directory: Path | None) -> Iterator[Path]:
    """Make a folder for the features."""
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        yield Path(folder)


def rows(case: Case, num_images: int, num_batches: int, directory: Path | None) -> Iterator[Row]:
    """Measure every way."""
    student = create_student(case)
    size = (num_images, case.views, 3, case.size, case.size)
    generator = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)
    drawn = torch.randint(num_images, (num_batches + 1, case.batch), generator=generator)
    work = Work(rgb, list(drawn))
    yield Row("in memory", *measure(case, student, MemoryFeatures(num_images), work))
    with folder_of(directory) as folder:
        kept = FeatureFile(folder, student.encoder, FORMAT)
        yield Row("on disk, warm", *measure(case, student, kept, work))
        cold = measure(case, student, kept, work, lambda: drop_from_cache(folder.rglob("*.bin")))
        yield Row("on disk, cold", *cold)
    yield Row("recomputed", *measure(case, student, None, work))


def main() -> None:
    """Print one table per case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", choices=[case.name for case in CASES])
    parser.add_argument("--batch", type=int, help="size of the batches, if not the case's")
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--batches", type=int, default=3, help="measured, after one that is not")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--directory", type=Path, help="where the file is for the run")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for case in CASES:
        if options.case not in (None, case.name):
            continue
        case = case._replace(batch=options.batch or case.batch)
        found = list(rows(case, options.images, options.batches, options.directory))
        last = found[-1]
        print(f"\n`{case.model}`, {case.views} x {case.size}², batches of {case.batch}, {FORMAT}\n")
        print("| features | ms to fetch a sample | samples/s | ratio | by CPU time | memory (MB) |")
        print("|---|---|---|---|---|---|")
        for row in found:
            print(
                f"| {row.name} | {1e3 * row.fetch:.1f} | {1 / row.update:.2f} "
                f"| {last.update / row.update:.1f} | {last.cpu / row.cpu:.1f} "
                f"| {row.memory / 1e6:.0f} |"
            )


if __name__ == "__main__":
    main()
