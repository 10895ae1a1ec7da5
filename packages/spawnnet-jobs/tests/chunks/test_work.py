from spawnnet_jobs.chunks.work import CabinetWork, Split, all_work

SPLITS = [Split("train", cabinets=3, episodes=7, num_envs=2), Split("held_out", 4, 3, 4)]


def test_episodes_are_dealt_out_to_the_cabinets_in_turn() -> None:
    work = all_work(SPLITS)
    assert [(one.split, one.cabinet, one.episodes) for one in work] == [
        ("train", 0, 3),
        ("train", 1, 2),
        ("train", 2, 2),
        ("held_out", 0, 1),
        ("held_out", 1, 1),
        ("held_out", 2, 1),
    ]
    assert [one.first for one in work] == [0, 3, 5, 7, 8, 9]
    assert {one.split: one.num_envs for one in work} == {"train": 2, "held_out": 1}


def test_every_cabinet_can_have_as_many() -> None:
    work = all_work(SPLITS, per_cabinet=5)
    assert {one.episodes for one in work} == {5}
    assert work[-1] == CabinetWork("held_out", 3, 5, 30, 4)
