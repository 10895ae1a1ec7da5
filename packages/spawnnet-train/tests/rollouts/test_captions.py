import numpy as np

from spawnnet_train.rollouts.captions import CAPTION, captioned, labelled


def test_a_caption_stands_above_the_picture() -> None:
    picture = np.full((30, 80, 3), 90, np.uint8)
    found = captioned(picture, "wrist")
    assert found.shape == (CAPTION + 30, 80, 3)
    assert (found[CAPTION:] == picture).all()
    assert found[:CAPTION].max() > 200


def test_labels_are_where_they_should_be() -> None:
    rows, columns, _ = np.nonzero(labelled(np.zeros((60, 90, 3), np.uint8), [(50, 30, "a")]))
    assert 29 <= rows.min() <= rows.max() < 50
    assert 49 <= columns.min() <= columns.max() < 65
