import itertools

from spawnnet_sim.cabinets.partnet.lists import PARTNET_LISTS


def test_lists_have_the_sizes_of_the_paper() -> None:
    sizes = {name: len(assets) for name, assets in PARTNET_LISTS.items()}
    assert sizes == {
        "partnet-drawer-train": 21,
        "partnet-drawer-test": 12,
        "partnet-door-train": 21,
        "partnet-door-test": 8,
    }


def test_lists_keep_the_order_and_the_names_of_the_original() -> None:
    assert PARTNET_LISTS["partnet-drawer-train"][:2] == ("40147_link_1", "41083_link_3")
    assert PARTNET_LISTS["partnet-drawer-train"][-1] == "46060_link_2"
    assert PARTNET_LISTS["partnet-door-test"][3:5] == ("48379_link_0", "48379_link_1")
    assert all(len(set(assets)) == len(assets) for assets in PARTNET_LISTS.values())


def test_training_and_test_lists_of_a_task_share_no_model() -> None:
    for task, models in (("drawer", (15, 6)), ("door", (14, 6))):
        train, test = (
            {asset.split("_")[0] for asset in PARTNET_LISTS[f"partnet-{task}-{split}"]}
            for split in ("train", "test")
        )
        assert not train & test
        assert (len(train), len(test)) == models
    assert len(list(itertools.chain(*PARTNET_LISTS.values()))) == 62
