from spawnnet_jobs.terminal.estimate import RunEstimate


def test_what_is_left_follows_from_what_updates_and_periods_took() -> None:
    now = [0.0]
    estimate = RunEstimate([4, 2, 2], clock=lambda: now[0])
    assert estimate.left() is None
    now[0] = 100.0  # the first period gathers more than the others, as it has more updates
    estimate.updating()
    assert estimate.left() is None
    for _ in range(4):
        now[0] += 2.0
        estimate.updated()
    assert estimate.left() == 4 * 2.0 + (2 + 2) * (100.0 / 4)
    now[0] += 5.0
    estimate.ended()
    assert estimate.left() == 4 * 2.0 + 2 * (105.0 / 4)
    now[0] += 10.0
    estimate.updating()
    for _ in range(2):
        now[0] += 4.0
        estimate.updated()
    now[0] += 3.0
    estimate.ended()
    assert estimate.left() == 2 * (16.0 / 6)
