import pytest

from spawnnet_record.success_rate import pooled_rate, rate_of, success_rate


@pytest.mark.parametrize(
    ("successes", "episodes", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0000),
    ],
)
def test_wilson_interval_has_the_published_values(
    successes: int, episodes: int, low: float, high: float
) -> None:
    rate = success_rate(successes, episodes)
    assert rate.rate == successes / episodes
    assert rate.low == pytest.approx(low, abs=5e-5)
    assert rate.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(("successes", "episodes"), [(0, 0), (3, 2), (-1, 4)])
def test_impossible_counts_are_refused(successes: int, episodes: int) -> None:
    message = f"No rate from {successes} successes in {episodes} episodes."
    with pytest.raises(ValueError, match=message):
        success_rate(successes, episodes)


def test_pooled_rates_count_episodes_and_average_no_averages() -> None:
    pooled = pooled_rate([success_rate(1, 2), success_rate(0, 8)])
    assert pooled == success_rate(1, 10)
    assert pooled == rate_of({"successes": "1", "episodes": "10"})
