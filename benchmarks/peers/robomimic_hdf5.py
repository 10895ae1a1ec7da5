"""robomimic's own loader, of HDF5 as its `dataset_states_to_obs.py` writes it, compressed or not.

It reads an observation for every action, so a sample has one action.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterator

import h5py
import robomimic.utils.obs_utils as obs_utils
from clock import CAMERAS, draw_episode, loader, run
from robomimic.utils.dataset import SequenceDataset


def write(chosen: argparse.Namespace) -> None:
    """Write a file, compressed as the end of its name says: `.gzip.hdf5`."""
    *_, compression = chosen.path.stem.split(".")
    with h5py.File(chosen.path, "w") as file:
        data = file.create_group("data")
        data.attrs["total"] = chosen.episodes * chosen.steps
        data.attrs["env_args"] = "{}"
        for number in range(chosen.episodes):
            episode = draw_episode(number, chosen.steps, chosen.size)
            group = data.create_group(f"demo_{number}")
            group.attrs["num_samples"] = chosen.steps
            for camera in CAMERAS:
                group.create_dataset(
                    f"obs/{camera}",
                    data=episode[camera],
                    compression=None if compression == "raw" else compression,
                )
            group["obs/state"], group["actions"] = episode["state"], episode["action"]


def read(chosen: argparse.Namespace) -> Callable[[], Iterator[int]]:
    """Return what opens the file; `kept` is robomimic's `hdf5_cache_mode`."""
    obs_utils.initialize_obs_utils_with_obs_specs(
        {"obs": {"rgb": list(CAMERAS), "low_dim": ["state"]}}
    )
    settings = {
        "hdf5_path": str(chosen.path),
        "obs_keys": (*CAMERAS, "state"),
        "dataset_keys": ("actions",),
        "frame_stack": chosen.frames,
        "seq_length": 1,
        "hdf5_cache_mode": chosen.kept or "low_dim",
        "load_next_obs": False,
        "get_pad_mask": True,
    }
    if "action_keys" in inspect.signature(SequenceDataset).parameters:  # from 0.4 on
        settings["action_keys"] = ("actions",)
        settings["action_config"] = {"actions": {"normalization": None}}
    return lambda: loader(SequenceDataset(**settings))


if __name__ == "__main__":
    run(write, read)
