import pytest

from spawnnet_train.learning.config import EarlyStopConfig, LearningConfig


def test_nothing_is_averaged_or_stopped_early_unless_asked_for() -> None:
    config = LearningConfig()
    assert config.ema_decay is None
    assert config.early_stop is None
    assert EarlyStopConfig().patience > 0


@pytest.mark.parametrize(
    "settings",
    [
        {"ema_decay": 0.0},
        {"ema_decay": 1.0},
        {"batch_size": 0},
        {"clip_grad_norm": 0.0},
        {"log_every": 0},
        {"save_every": 0},
    ],
)
def test_what_cannot_be_is_refused(settings: dict[str, float]) -> None:
    (name,) = settings
    with pytest.raises(ValueError, match=name):
        LearningConfig(**settings)
