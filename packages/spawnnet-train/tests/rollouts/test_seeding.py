from spawnnet_train.rollouts.seeding import rollout_seed


def test_evaluation_never_meets_a_training_seed() -> None:
    training = {rollout_seed("training", seed, i) for seed in range(20) for i in range(50)}
    evaluation = {rollout_seed("evaluation", seed, i) for seed in range(20) for i in range(50)}
    assert len(training) == len(evaluation) == 1000
    assert not training & evaluation


def test_seeds_are_repeatable() -> None:
    assert rollout_seed("training", 3, 4) == rollout_seed("training", 3, 4)
