import pytest

from spawnnet_record.best_window import BestWindow


def test_the_best_is_the_lowest_mean_of_the_last_five() -> None:
    values = [5.0, 1.0, 9.0, 4.0, 3.0, 3.0, 0.0, 9.0]
    window = BestWindow()
    found = [window.add(value) for value in values]
    means = [sum(values[max(0, i - 4) : i + 1]) / min(5, i + 1) for i in range(len(values))]
    assert found == [mean < min([*means[:i], float("inf")]) for i, mean in enumerate(means)]
    assert found.count(True) > 1
    assert window.best_mean == pytest.approx(min(means))
    assert window.num_since_best == found[::-1].index(True)


def test_a_window_of_earlier_values_goes_on_alike() -> None:
    values = [3.0, 2.0, 2.5, 1.0]
    whole = BestWindow(values)
    parts = BestWindow(values[:2])
    for value in values[2:]:
        parts.add(value)
    assert vars(parts) == vars(whole)
