import pytest

from spawnnet_record.report.numbers import duration, moment, number, percent, size


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.02281, "0.0228"),
        (1.0, "1"),
        (12.345, "12.3"),
        (1534.4, "1534"),
        (-0.5, "-0.5"),
        (3e-4, "3e-4"),
        (0.000123456, "1.23e-4"),
        (2_500_000, "2.5e6"),
        (float("nan"), "none"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.25, "0.2 s"),
        (42.4, "42 s"),
        (60, "1 min"),
        (940, "15 min 40 s"),
        (5400, "1 h 30 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_times_have_their_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_shares_sizes_and_moments_are_words() -> None:
    assert percent(0.925) == "92 %"
    assert [size(n) for n in (512, 4_794_145, 2e12)] == ["512 B", "4.79 MB", "2 TB"]
    assert moment("2026-11-05T06:07:08+00:00") == "5 November 2026, 06:07"
    assert moment("") == ""
