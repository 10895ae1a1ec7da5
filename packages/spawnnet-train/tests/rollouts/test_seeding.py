from spawnnet_train.rollouts.seeding import rollout_seed


def test_no_use_meets_a_seed_of_another_one() -> None:
    pairs = [(seed, index) for seed in range(20) for index in range(50)]
    training = {rollout_seed("training", *pair) for pair in pairs}
    selection = {rollout_seed("selection", *pair) for pair in pairs}
    evaluation = {rollout_seed("evaluation", *pair) for pair in pairs}
    assert len(training) == len(selection) == len(evaluation) == 1000
    assert len(training | selection | evaluation) == 3000


def test_seeds_are_repeatable() -> None:
    assert rollout_seed("training", 3, 4) == rollout_seed("training", 3, 4)
