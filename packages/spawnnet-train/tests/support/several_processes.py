"""Runs in one, two and three processes, each forked from this one: importing torch takes long.

As a program: `several_processes.py FOLDER`, where `FOLDER/scenarios.json` lists what to do one
after the other: `{"config": FILE, "set": [...], "processes": N}` runs a configuration, with
`"interrupt": [RANK, UPDATES]` one process is told to end then, `"resume": RUN` goes on.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from rich.console import Console as RichConsole

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.report.live import LiveReport
from spawnnet_record.run_record import find_runs
from spawnnet_train.learning.learner import Learner
from spawnnet_train.runs import launch
from spawnnet_train.runs.launch import resume, run
from spawnnet_train.runs.loading import load_config

CONTEXT = multiprocessing.get_context("fork")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def interrupt_at(updates: int) -> None:
    """Let Ctrl-C reach this process within an update."""
    update = Learner.update

    def interrupted(self: Learner, *arguments: Any) -> Any:
        if self.num_updates == updates:
            signal.raise_signal(signal.SIGINT)
        return update(self, *arguments)

    Learner.update = interrupted  # type: ignore[method-assign]


def draw_nothing() -> None:
    """Leave out what runs draw when they have ended, which is no matter of processes."""
    LiveReport.write = lambda self: None  # type: ignore[method-assign]
    launch.is_installed = lambda name: False
    launch._predict = launch._roll_out = lambda *arguments: None


def work(rank: int, port: int, scenario: dict[str, Any]) -> None:
    size = scenario["processes"]
    numbers = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": size, "LOCAL_WORLD_SIZE": size}
    address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "GLOO_SOCKET_IFNAME": "lo"}
    if size > 1:
        os.environ.update({name: str(value) for name, value in {**numbers, **address}.items()})
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    draw_nothing()
    console = Console(RichConsole(file=io.StringIO(), width=110))
    with suppress(KeyboardInterrupt):
        told, updates = scenario.get("interrupt", (None, None))
        if told == rank:
            interrupt_at(updates)
        if "resume" in scenario:
            (stopped,) = find_runs(Path(scenario["resume"]))
            resume(stopped.directory.path, console)
        else:
            run(load_config(Path(scenario["config"]), scenario["set"]), console)


def main(folder: Path) -> None:
    scenarios = json.loads((folder / "scenarios.json").read_text())
    for file in {scenario["config"] for scenario in scenarios if "config" in scenario}:
        load_config(Path(file))  # imports what all of them need
    for scenario in scenarios:
        port = free_port()
        arguments = [(rank, port, scenario) for rank in range(scenario["processes"])]
        processes = [CONTEXT.Process(target=work, args=each) for each in arguments]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        if codes := [process.exitcode for process in processes if process.exitcode]:
            sys.exit(f"{scenario}: ended with {codes}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
