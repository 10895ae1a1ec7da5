import pytest

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.overrides import apply_overrides


def test_values_are_yaml_and_later_ones_win() -> None:
    changed = apply_overrides({"a": 1}, ["a=1e-4", "b={c: [2, 5]}", "b.d=true", "a=null"])
    assert changed == {"a": None, "b": {"c": [2, 5], "d": True}}


def test_mappings_on_the_way_are_made_and_the_original_is_left_alone() -> None:
    settings = {"a": {"b": [1, 2]}, "n": None}
    changed = apply_overrides(settings, ["a.b[1]=7", "x.y.z=3", "n.m=4"])
    assert changed == {"a": {"b": [1, 7]}, "x": {"y": {"z": 3}}, "n": {"m": 4}}
    assert settings == {"a": {"b": [1, 2]}, "n": None}


def test_lists_of_mappings_are_reached() -> None:
    assert apply_overrides({"a": [{"b": 1}]}, ["a[0].b=2"]) == {"a": [{"b": 2}]}


@pytest.mark.parametrize("path", ["a" + ".a" * 5000, "a[" + "9" * 5000 + "]"])
def test_endless_paths_are_malformed(path: str) -> None:
    with pytest.raises(ConfigError, match="expected path=value"):
        apply_overrides({"a": [1]}, [f"{path}=1"])


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("a", "--set a: expected path=value, such as seed=1."),
        ("a b=1", "--set a b=1: expected path=value, such as seed=1."),
        ("=1", "--set =1: expected path=value, such as seed=1."),
        ("a.b=1", "--set a.b=1: 'b' is looked up in 1, no mapping."),
        ("c[0]=1", "--set c[0]=1: the file gives no list here, so set it whole."),
        ("l[2]=1", "--set l[2]=1: item 2 does not exist in [3]."),
        ("a=[1", "--set a:1: not valid YAML, "),
        ("a={b: 1, b: 2}", "--set a:1: not valid YAML, key 'b' is repeated."),
    ],
)
def test_a_bad_override_is_one_sentence(override: str, problem: str) -> None:
    with pytest.raises(ConfigError) as error:
        apply_overrides({"a": 1, "l": [3]}, [override])
    (found,) = error.value.problems
    assert found.startswith(problem)
