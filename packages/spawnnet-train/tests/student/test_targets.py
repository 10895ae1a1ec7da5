import json
import re

import pytest
import torch

from spawnnet_train.student.targets import MeanErrors, PrivilegedTargetsConfig, TargetHeads

B, D = 4, 7


def heads_that_say(values: list[float], names: tuple[str, ...]) -> TargetHeads:
    """Return heads that predict the same for all features."""
    heads = TargetHeads(PrivilegedTargetsConfig(names=names), D)
    output = heads.network[2]
    assert isinstance(output, torch.nn.Linear)
    with torch.no_grad():
        output.weight.zero_()
        output.bias.copy_(torch.tensor(values))
    return heads


def test_errors_are_centimetres_and_degrees_between_lines() -> None:
    names = ("handle_offset", "grip_axis", "opened")
    heads = heads_that_say([0.03, 0.0, 0.04, 0.0, -2.0, 0.0, 0.5], names)
    offsets = torch.zeros(B, 3)
    axes = torch.tensor([[0.0, 1, 0], [1, 0, 0], [0, 1, 1], [0, -1, 0]])
    opened = torch.full((B, 1), 0.2)
    errors = heads.errors(torch.randn(B, D), torch.cat([offsets, axes, opened], 1))
    assert list(errors) == ["handle_offset_error_cm", "grip_axis_error_deg", "opened_error"]
    torch.testing.assert_close(errors["handle_offset_error_cm"], torch.full((B,), 5.0))
    expected = torch.tensor([0.0, 90, 45, 0])
    torch.testing.assert_close(errors["grip_axis_error_deg"], expected, atol=0.05, rtol=0)
    torch.testing.assert_close(errors["opened_error"], torch.full((B,), 0.3))


def test_errors_are_those_of_targets_before_they_were_normalised() -> None:
    heads = heads_that_say([0.0, 0.0, 0.0], ("handle_offset",))
    heads.fit(torch.tensor([[0.2, 0.0, 0.4], [0.4, 0.0, 0.4]]))  # predicted is now the mean
    errors = heads.errors(torch.randn(1, D), torch.tensor([[0.3, 0.01, 0.4]]))
    torch.testing.assert_close(errors["handle_offset_error_cm"], torch.tensor([1.0]))


@pytest.mark.parametrize("weight", [0.0, 0.25])
def test_only_a_weight_reaches_the_features(weight: float) -> None:
    torch.manual_seed(0)
    config = PrivilegedTargetsConfig(names=("handle_width",), weight=weight)
    heads = TargetHeads(config, D)
    features = torch.randn(B, D, requires_grad=True)
    loss = heads.loss(features, torch.zeros(B, 1))
    expected = heads(features).abs().mean() * (weight or 1.0)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert (features.grad is not None) == bool(weight)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"names": ("handle",)}, "names[0]: 'handle' is unknown. Known: handle_offset, grip_axis"),
        ({"names": ()}, "names: must be different names, got []."),
        ({"names": ("opened", "opened")}, "names: must be different names, got ['opened', "),
        ({"to_policy": True}, "to_policy: needs a `weight` above 0"),
    ],
)
def test_targets_that_cannot_be_are_one_sentence(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        PrivilegedTargetsConfig(**settings)


def test_tables_tell_what_was_learned_beside_actions() -> None:
    assert PrivilegedTargetsConfig().kind == "probe"
    assert PrivilegedTargetsConfig(weight=0.1).kind == "targets"
    assert PrivilegedTargetsConfig(weight=0.1, to_policy=True).kind == "targets to policy"


def test_means_are_over_all_samples_and_go_on_from_their_state() -> None:
    whole, first, second = MeanErrors(), MeanErrors(), MeanErrors()
    assert whole.means() == {}
    parts = [{"error": torch.tensor([1.0, 2.0])}, {"error": torch.tensor([6.0])}]
    for part in parts:
        whole.add(part)
    first.add(parts[0])
    second.load_state(json.loads(json.dumps(first.state())))
    second.add(parts[1])
    assert whole.means() == second.means() == {"error": 3.0}
