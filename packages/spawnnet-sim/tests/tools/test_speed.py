from spawnnet_sim.tools.speed import calls_per_second, measure_speed


def test_every_row_is_a_positive_rate() -> None:
    rows = dict(measure_speed("open_drawer", num_envs=1, seconds=0.01))
    assert len(rows) == 4
    assert all(rate > 0 for rate in rows.values())


def test_calls_are_counted_after_one_to_warm_up() -> None:
    calls = []
    rate = calls_per_second(lambda: calls.append(0), 0.01)
    assert 0 < rate * 0.01 < len(calls)
