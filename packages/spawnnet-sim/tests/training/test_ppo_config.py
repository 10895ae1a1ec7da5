import pytest

from spawnnet_sim.training.ppo_config import PpoConfig


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("batches", 0),
        ("learning_rate", 0.0),
        ("reward_scale", -1.0),
        ("gamma", 1.5),
        ("seed", -1),
        ("layers", ()),
    ],
)
def test_an_invalid_value_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name}: must be .*, got "):
        PpoConfig(**{name: value})
