import pickle

from spawnnet_encoders import ConfigurationError
from spawnnet_encoders.errors import nearest


def test_the_sentence_starts_with_the_field() -> None:
    error = ConfigurationError("backbone.layers[2]", "does not exist.")
    assert str(error) == "backbone.layers[2]: does not exist."
    assert str(ConfigurationError("", "no field is to blame.")) == "no field is to blame."
    assert isinstance(error, ValueError)


def test_errors_cross_processes() -> None:
    error = pickle.loads(pickle.dumps(ConfigurationError("width", "is odd.")))  # noqa: S301
    assert (error.field, error.message) == ("width", "is odd.")


def test_a_long_list_of_far_names_is_not_printed() -> None:
    assert nearest("zzz", [f"name{i}" for i in range(30)]) == ""
