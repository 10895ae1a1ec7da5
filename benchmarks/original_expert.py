"""How long the original release's expert takes for one decision, and once for each cabinet.

    python benchmarks/original_expert.py --num-envs 21

The weights are random, which takes as long. The fastest of several tries: of the processor's time
with one thread, so that other work does not count, or of time with a GPU where torch finds one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import closing

import torch
from rich.console import Console
from rich.table import Table

from spawnnet_sim import CabinetsConfig, CamerasConfig, create_environment, environment_config
from spawnnet_sim.experts.original.clouds import CabinetClouds, finger_points
from spawnnet_sim.experts.original.contact_network import ContactNetwork
from spawnnet_sim.experts.original.expert import OriginalExpert
from spawnnet_sim.experts.original.observation import observe
from spawnnet_sim.experts.original.policy_network import PolicyNetwork


def fastest(work: Callable[[], object], tries: int) -> float:
    """Return the seconds of the fastest of several tries."""
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    seconds = []
    for _ in range(tries):
        start = clock()
        work()
        seconds.append(clock() - start)
    return min(seconds)


def measure(task: str, num_envs: int, tries: int) -> dict[str, float]:
    """Return seconds by what they are for."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    contact, policy = ContactNetwork().to(device), PolicyNetwork().to(device)
    cabinets, cameras = CabinetsConfig(count=num_envs), CamerasConfig(views=())
    config = environment_config(task, profile="paper", cabinets=cabinets, cameras=cameras)
    with closing(create_environment(config)) as environment:
        environment.reset(seed=0)
        state, robot = environment.privileged_state(), environment.robot
    one = state.cabinets[:1]
    first = fastest(lambda: CabinetClouds(contact).points(one), tries)
    clouds, fingers = CabinetClouds(contact), finger_points(robot, None)
    points = clouds.points(state.cabinets)
    expert = OriginalExpert(robot, policy, clouds, fingers)
    return {
        "a cabinet, once: points and contact": first,
        f"observation of {num_envs} environments": fastest(
            lambda: observe(robot, state, points, fingers), tries
        ),
        f"decision for {num_envs} environments, all in all": fastest(
            lambda: expert.act(state), tries
        ),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="open_door")
    parser.add_argument("--num-envs", type=int, default=21)
    parser.add_argument("--tries", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    table = Table("what", "seconds")
    for what, seconds in measure(arguments.task, arguments.num_envs, arguments.tries).items():
        table.add_row(what, f"{seconds:.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
