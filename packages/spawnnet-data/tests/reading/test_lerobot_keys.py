from spawnnet_data.reading.lerobot_keys import from_lerobot

VIEWS, DEPTH_VIEWS = ("front", "wrist"), ("wrist",)


def test_flat_keys_are_sorted_by_what_they_are() -> None:
    observation = {
        "observation.images.front": 1,
        "observation.images.wrist": 2,
        "observation.images.wrist_depth": 3,
        "observation.images.top": 4,
        "observation.state": 5,
        "task": "anything",
    }
    assert from_lerobot(observation, VIEWS, DEPTH_VIEWS) == {
        "rgb": {"front": 1, "wrist": 2},
        "depth": {"wrist": 3},
        "proprioception": 5,
    }


def test_what_is_missing_stays_missing() -> None:
    assert from_lerobot({"observation.images.front": 1}, VIEWS, DEPTH_VIEWS) == {
        "rgb": {"front": 1},
        "depth": {},
    }
