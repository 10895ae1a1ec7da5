from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.use.lerobot_keys import from_lerobot

SPEC = StudentSpec(
    views=("front", "wrist"),
    image_size=(4, 6),
    depth_views=("wrist",),
    proprioception_dim=2,
    action_bounds=((0.0,), (1.0,)),
    action_names=("x",),
    rate=None,
)


def test_flat_keys_are_sorted_by_what_they_are() -> None:
    observation = {
        "observation.images.front": 1,
        "observation.images.wrist": 2,
        "observation.images.wrist_depth": 3,
        "observation.images.top": 4,
        "observation.state": 5,
        "task": "anything",
    }
    assert from_lerobot(observation, SPEC) == {
        "rgb": {"front": 1, "wrist": 2},
        "depth": {"wrist": 3},
        "proprioception": 5,
    }


def test_what_is_missing_stays_missing() -> None:
    assert from_lerobot({"observation.images.front": 1}, SPEC) == {"rgb": {"front": 1}, "depth": {}}
