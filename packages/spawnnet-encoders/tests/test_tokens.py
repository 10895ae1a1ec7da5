import torch

from spawnnet_encoders.tokens import class_or_mean, unit_length


def test_tokens_of_zeros_get_a_direction() -> None:
    torch.testing.assert_close(unit_length(torch.zeros(1, 1, 4)), torch.full((1, 1, 4), 0.5))


def test_without_class_token_the_mean_stands_for_an_image() -> None:
    tokens, class_token = torch.randn(2, 6, 4), torch.randn(2, 4)
    assert class_or_mean(tokens, class_token) is class_token
    torch.testing.assert_close(class_or_mean(tokens, None), tokens.sum(dim=1) / 6)
