import numpy as np
import pytest
import torch

from gdict import DictArray, GDict, from_tensordict, to_tensordict


@pytest.mark.filterwarnings("ignore")
def test_tensordict_and_back_share_memory() -> None:
    array = np.arange(12.0).reshape(4, 3)
    data = DictArray({"obs": {"x": array}, "list": [torch.ones(4, 2)]})
    converted = to_tensordict(data)
    assert converted.batch_size == torch.Size([4])
    assert converted["list", "0"].shape == (4, 2)
    again = from_tensordict(converted)
    again["obs/x"][0, 0] = 7
    assert array[0, 0] == 7
    assert to_tensordict(GDict(data)).batch_size == torch.Size([])
    assert to_tensordict(GDict(data), [4]).batch_size == torch.Size([4])


@pytest.mark.filterwarnings("ignore")
def test_text_survives() -> None:
    data = GDict({"task": "drawer", "x": np.ones(2)})
    assert from_tensordict(to_tensordict(data))["task"] == "drawer"
