import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdict import GDict, GDictValueError

KEYS = st.text(
    st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=4
)
TREES = st.recursive(
    st.integers(),
    lambda inner: (
        st.dictionaries(KEYS, inner, max_size=3)
        | st.lists(inner, max_size=3)
        | st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=12,
)


@given(TREES)
def test_unflatten_undoes_flatten(plain: object) -> None:
    data = GDict(plain)
    leaves, structure = data.flatten()
    assert structure.num_leaves == len(leaves)
    again = GDict.unflatten(structure, iter(leaves))
    assert again.to_plain() == plain
    assert again.flatten()[1] == structure
    assert hash(again.flatten()[1]) == hash(structure)


def test_structures_differ_by_keys_order_and_containers() -> None:
    shapes = [{"a": 1, "b": 2}, {"b": 1, "a": 2}, {"a": 1, "c": 2}, [1, 2], (1, 2), {"a": [1, 2]}]
    assert len({GDict(shape).flatten()[1] for shape in shapes}) == len(shapes)


@pytest.mark.parametrize("leaves", [[], [1], [1, 2, 3]])
def test_another_number_of_leaves_is_an_error(leaves: list[int]) -> None:
    structure = GDict({"a": 1, "b": [2]}).flatten()[1]
    with pytest.raises(GDictValueError, match=r"Expected 2 leaves"):
        structure.unflatten(leaves)
