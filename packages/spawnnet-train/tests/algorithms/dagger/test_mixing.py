import pytest

from spawnnet_train.algorithms.dagger.mixing import MixingConfig, expert_share


@pytest.mark.parametrize(
    ("config", "shares"),
    [
        (MixingConfig(), [1, 0, 0, 0, 0]),
        (MixingConfig(schedule="linear", linear_rounds=4), [1, 0.75, 0.5, 0.25, 0]),
        (MixingConfig(schedule="linear", linear_rounds=2), [1, 0.5, 0, 0, 0]),
        (MixingConfig(schedule="exponential", exponential_base=0.5), [1, 0.5, 0.25, 0.125, 0.0625]),
    ],
)
def test_the_expert_acts_less_and_less(config: MixingConfig, shares: list[float]) -> None:
    assert [expert_share(config, round_index) for round_index in range(5)] == shares
