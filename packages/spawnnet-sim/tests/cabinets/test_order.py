import numpy as np

from spawnnet_sim.cabinets.order import cabinet_order


def test_no_cabinet_comes_again_before_all_others_have_come() -> None:
    rounds = [cabinet_order(10, 4, round_index=index, seed=3) for index in range(5)]
    numbers = np.concatenate(rounds)
    assert sorted(numbers[:10]) == sorted(numbers[10:]) == list(range(10))
    assert numbers[:10].tolist() != numbers[10:].tolist()


def test_any_round_is_found_without_those_before_it() -> None:
    assert cabinet_order(4096, 48, round_index=90, seed=1) == cabinet_order(
        4096, 48, round_index=90, seed=1
    )
    assert cabinet_order(4096, 48, round_index=90, seed=1) != cabinet_order(
        4096, 48, round_index=90, seed=2
    )


def test_more_environments_than_cabinets_share_them_evenly() -> None:
    numbers = cabinet_order(3, 7, round_index=0, seed=0)
    assert sorted(np.bincount(numbers)) == [2, 2, 3]
