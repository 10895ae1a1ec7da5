import numpy as np
import pytest

from spawnnet_sim.tools.success_rate import Z95, wilson_interval


@pytest.mark.parametrize(("successes", "episodes"), [(0, 7), (3, 7), (95, 100), (7, 7)])
def test_both_ends_solve_the_score_equation(successes: int, episodes: int) -> None:
    # The interval holds the rates p with (observed - p)^2 <= z^2 p (1 - p) / n.
    observed = successes / episodes
    a, b, c = 1 + Z95**2 / episodes, -(2 * observed + Z95**2 / episodes), observed**2
    ends = np.sort(np.roots([a, b, c]).real)
    np.testing.assert_allclose(wilson_interval(successes, episodes), ends, atol=1e-12)
