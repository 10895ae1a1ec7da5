"""Where the features of demonstrations are kept, and filling that beforehand."""

from __future__ import annotations

from collections.abc import Iterable

from spawnnet_data import Demonstrations, LoaderConfig, SamplingConfig, validation_loader
from spawnnet_encoders import FeatureFile, FeatureStore, KeptFeatures, MemoryFeatures
from spawnnet_jobs.terminal.reporter import Reporter
from spawnnet_train.algorithms.cloning.config import BehaviorCloningConfig
from spawnnet_train.algorithms.storage import Part, Place
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.cost import frozen_bytes
from spawnnet_train.student.student import Student

_AT_ONCE = 16  # images that pass the backbone before the progress is shown


def feature_file(
    config: BehaviorCloningConfig, see: StudentConfig, student: Student
) -> FeatureFile:
    """Return the features on disk of a student's backbone, whether there are any or not.

    Raises:
        ConfigurationError: If they are damaged.
    """
    return FeatureFile(config.frozen_folder, student.encoder, see.frozen_format)


def feature_store(
    config: BehaviorCloningConfig, see: StudentConfig, student: Student, num_images: int
) -> FeatureStore:
    """Return the features of a set of images, which `config` says where to keep."""
    kept: KeptFeatures | None = None
    if config.frozen == "disk" and student.encoder.has_frozen_part:
        kept = feature_file(config, see, student)
    elif config.frozen in ("memory", "auto"):
        kept = MemoryFeatures(num_images)
    return FeatureStore(student.encoder, see.frozen_format, kept)


def feature_part(
    config: BehaviorCloningConfig, see: StudentConfig, student: Student, num_images: int
) -> Part:
    """Return how large the features of all sets together are."""
    if not student.encoder.has_frozen_part:
        return Part("features", "algorithm.frozen", 0, config.frozen, ("none",))
    kept = feature_file(config, see, student)
    row = frozen_bytes(student, see.frozen_format)
    places: tuple[Place, ...] = ("disk", "none") if len(kept) else ("memory", "disk", "none")
    total, there = num_images * row, min(len(kept), num_images) * row
    return Part("features", "algorithm.frozen", total, config.frozen, places, there)


def fill(store: FeatureStore, sets: Iterable[Demonstrations], reporter: Reporter) -> None:
    """Let every image of some sets pass the backbone, except those whose features are kept."""
    for shown in sets:
        loading = LoaderConfig(batch_size=_AT_ONCE)
        loader = validation_loader(shown, SamplingConfig(), loading)
        with reporter.progress(f"features of {shown.source.path.name}", len(loader)) as advance:
            for batch in loader:
                store.features(batch.rgb, batch.image_ids)
                advance()
