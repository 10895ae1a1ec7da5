from pathlib import Path

import pytest

from spawnnet_train.algorithms.storage import Part, Space, describe_parts, free_space, place_parts
from spawnnet_train.config.errors import SettingError

GB = 10**9
IMAGES, FROZEN = "algorithm.replay.images", "algorithm.replay.frozen"


def parts(images: str = "auto", frozen: str = "auto") -> list[Part]:
    """Return the parts of the paper's replay buffer."""
    return [
        Part("images", IMAGES, 17 * GB, images, ("memory", "disk")),
        Part("depth", IMAGES, 12 * GB, images, ("memory", "disk")),
        Part("features", FROZEN, 208 * GB, frozen, ("memory", "disk", "none")),
        Part("network", "", 1 * GB),
    ]


@pytest.mark.parametrize(
    ("memory", "disk", "expected"),
    [
        (300, 0, ("memory", "memory")),
        (100, 500, ("memory", "disk")),
        (24, 500, ("disk", "disk")),
        (100, 100, ("memory", "none")),
        (24, 100, ("disk", "none")),
    ],
)
def test_auto_takes_memory_else_disk_else_nothing(
    memory: int, disk: int, expected: tuple[str, str]
) -> None:
    assert place_parts(parts(), Space(memory * GB, disk * GB)) == dict(
        zip((IMAGES, FROZEN), expected, strict=True)
    )


def test_what_was_chosen_stays_and_the_rest_is_placed_around_it() -> None:
    found = place_parts(parts(images="disk"), Space(300 * GB, 500 * GB))
    assert found == {IMAGES: "disk", FROZEN: "memory"}


def test_what_does_not_fit_is_refused_with_what_would() -> None:
    with pytest.raises(SettingError) as error:
        place_parts(parts(frozen="memory"), Space(24 * GB, 500 * GB))
    assert str(error.value) == (
        "algorithm.replay.frozen: this run needs images 17.0 GB, depth 12.0 GB, features 208.0 GB, "
        "network 1.0 GB, and this machine has 24.0 GB of memory and 500.0 GB of disk free; what "
        "would fit is `algorithm.replay.images: disk`, `algorithm.replay.frozen: disk`."
    )


def test_where_nothing_fits_less_is_advised() -> None:
    with pytest.raises(SettingError, match=r"what would fit is fewer episodes, smaller images"):
        place_parts(parts(), Space(2 * GB, 2 * GB))


def test_what_lies_on_the_disk_already_needs_no_more_of_it() -> None:
    part = Part("features", FROZEN, 90 * GB, "disk", ("disk", "none"), on_disk=80 * GB)
    assert place_parts([part], Space(GB, 12 * GB)) == {FROZEN: "disk"}


def test_sizes_and_places_are_one_line() -> None:
    text = describe_parts(parts(), {IMAGES: "memory", FROZEN: "none"})
    assert text == (
        "images 17.0 GB in memory, depth 12.0 GB in memory, features 208.0 GB not kept, "
        "network 1.0 GB"
    )


def test_the_machine_has_memory_and_disk(tmp_path: Path) -> None:
    space = free_space(tmp_path / "not" / "there")
    assert 0 < space.memory < 2**50
    assert space.disk > 0
