"""A trained policy as one folder: weights, settings, statistics, and a card that tells of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from spawnnet_encoders import save_backbone
from spawnnet_record.card import BACKBONE, CARD, PROGRAM, model_card
from spawnnet_record.files import write_text
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.checkpoint import save_checkpoint
from spawnnet_train.use.program import save_program
from spawnnet_train.use.saved_policy import (
    MODEL,
    SETTINGS,
    SPEC,
    SavedPolicy,
    dump_policy_yaml,
    open_policy,
)


def export_policy(
    run: Path | str,
    to: Path | str,
    *,
    checkpoint: str | None = None,
    with_backbone: bool = False,
    with_program: bool = False,
) -> Path:
    """Write what `load_policy` needs of a run into a folder of its own, all or nothing.

    Args:
        run: A run directory of any algorithm.
        to: The folder, which must not exist yet.
        checkpoint: Its name; `best` if None and there is one, else the latest.
        with_backbone: Include the weights of the frozen network, which otherwise are got by name.
        with_program: Include a `torch.export` program, which torch alone can run.

    Returns:
        The folder.

    Raises:
        ConfigError: If there is no such run or checkpoint, the folder exists, or the policy cannot
            be made a program.
    """
    record, to = RunRecord.open(Path(run)), Path(to)
    saved = _acting_alone(open_policy(run, checkpoint, device="cpu"))
    with _whole_folder(to) as folder:
        save_checkpoint(folder / MODEL, saved.student, saved.facts)
        saved.spec.save(folder / SPEC)
        write_text(folder / SETTINGS, dump_policy_yaml(saved.config))
        encoder = saved.student.encoder
        if with_backbone and encoder.backbone is not None and encoder.has_frozen_part:
            save_backbone(encoder.backbone, folder / BACKBONE)
        if with_program:
            save_program(saved, folder / PROGRAM)
        files = sorted(file.name for file in folder.iterdir())
        write_text(folder / CARD, model_card(record, saved.checkpoint, files))
    return to


def _acting_alone(saved: SavedPolicy) -> SavedPolicy:
    """Return a policy without heads beside it that only measure what its features tell."""
    targets, settings = saved.student.targets, saved.config.student
    if targets is None or targets.config.to_policy:
        return saved
    saved.student.targets = None
    student = replace(settings, privileged_targets=None)
    return saved._replace(config=replace(saved.config, student=student))


@contextmanager
def _whole_folder(to: Path) -> Iterator[Path]:
    """Give a folder that gets its name when everything is in it."""
    if to.exists():
        raise ConfigError([f"{to}: exists already, name a new folder."])
    to.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        folder.chmod(0o755)  # as any other folder; a temporary one is for its owner alone
        yield folder
        folder.rename(to)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
