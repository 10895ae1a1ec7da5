import numpy as np
import pytest

from spawnnet_sim import CabinetsConfig, EnvironmentConfig
from spawnnet_sim.tools.evaluation import Results, evaluate_expert


def test_results_count_and_name_what_failed() -> None:
    results = Results(("a", "b", "a", "c"), np.array([True, False, True, False]))
    assert results.rate == 0.5
    assert results.failed_cabinets == ("b", "c")
    assert results.interval == pytest.approx((0.1500, 0.8500), abs=1e-3)


def test_rounds_are_cut_to_the_episodes_asked_for_and_repeat_by_seed() -> None:
    config = EnvironmentConfig(cabinets=CabinetsConfig(count=3), episode_steps=2)
    steps = []
    first = evaluate_expert(config, episodes=4, seed=0, noise=0.5, watch=lambda: steps.append(0))
    assert len(first.success) == len(first.cabinets) == 4
    assert first.cabinets[3] == first.cabinets[0]
    assert len(steps) == 3 + 2 * 2  # cabinets are loaded, then the steps of two rounds
