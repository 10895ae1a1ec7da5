"""A training run from start to end: build, rounds, evaluations, and everything written down."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import Any, final

import torch

from spawnnet_sim import CabinetEnv, create_expert
from spawnnet_train.assembly import create_cells, create_student, prepare_torch
from spawnnet_train.checkpoint import save_checkpoint
from spawnnet_train.config.run_config import RunConfig
from spawnnet_train.config.validation import dump_yaml
from spawnnet_train.console import Console, RoundReport
from spawnnet_train.dagger import Dagger
from spawnnet_train.evaluation import Episode, summarize, write_results
from spawnnet_train.metrics import MetricsLog
from spawnnet_train.overview import describe, random_weights_notice
from spawnnet_train.run_directory import RunDirectory
from spawnnet_train.splits import create_actor, evaluate_splits
from spawnnet_train.statistics import Rate
from spawnnet_train.student import Student

FINAL = "final"
INTERRUPTED = "interrupted"
_LOGGED_UPDATES = 50
"""Updates whose mean loss makes one row of the metrics."""


def train(config: RunConfig, console: Console) -> RunDirectory:
    """Train a student as `config` says and return the directory of the run.

    Raises:
        KeyboardInterrupt: If the user stops it, after a checkpoint of what was learned so far.
    """
    device = prepare_torch(config)
    with closing(create_cells(config.simulation)) as environment:
        config = _resolve(config, environment, device)
        student = create_student(config, environment, device)
        run = RunDirectory.create(config.output, config.experiment, dump_yaml(config))
        console.header(f"DAgger in {run.path}", describe(config, student, environment))
        random_weights_notice(student, console)
        with MetricsLog(run.metrics, run.tensorboard) as log:
            training = _Training(config, student, environment, run=run, console=console, log=log)
            try:
                episodes = training.run_all()
            except KeyboardInterrupt:
                training.save(INTERRUPTED)
                console.paths("Interrupted; what there is so far", _places(run))
                raise
    write_results(run.evaluation, episodes)
    console.results(summarize(episodes))
    console.paths("Look at", _places(run))
    return run


def _places(run: RunDirectory) -> dict[str, str]:
    """Return where to look, and with what."""
    return {
        "videos": f"{run.videos}",
        "attention": f"{run.attention}",
        "results": f"{run.evaluation}",
        "learning curves": f"tensorboard --logdir {run.tensorboard}",
        "evaluate again": f"spawnnet-train eval {run.path}",
    }


def _resolve(config: RunConfig, environment: CabinetEnv, device: torch.device) -> RunConfig:
    """Return `config` with what it left open as it was decided, so that it can be repeated."""
    simulation: dict[str, Any] = {"renderer": environment.renderer}
    return replace(
        config,
        simulation=replace(config.simulation, **simulation),
        device=str(device),
        threads=torch.get_num_threads(),
    )


@final
class _Training:
    """The state of one run, which its rounds share."""

    def __init__(
        self,
        config: RunConfig,
        student: Student,
        environment: CabinetEnv,
        *,
        run: RunDirectory,
        console: Console,
        log: MetricsLog,
    ) -> None:
        self._config = config
        self._student = student
        self._environment = environment
        self._run = run
        self._console = console
        self._log = log
        self._dagger = Dagger(
            config.train,
            student=student,
            actor=create_actor(config, student, environment),
            environment=environment,
            expert=create_expert(config.simulation),
            seed=config.seed,
            standardizes=config.student.standardize_proprioception,
        )

    def run_all(self) -> list[Episode]:
        """Run every round and return the outcomes of the final evaluation."""
        for round_index in range(self._config.train.rounds + 1):
            self._run_round(round_index)
        self.save(FINAL)
        return self._evaluate(FINAL)

    def _run_round(self, round_index: int) -> None:
        start = time.monotonic()
        rollout = self._collect(round_index)
        loss = self._learn(round_index)
        name = f"round_{round_index:03d}"
        self.save(name)
        report = RoundReport(
            round_index=round_index,
            expert_share=self._dagger.expert_share(round_index),
            rollout=rollout,
            loss=loss,
            lr=self._dagger.learner.lr,
            steps=len(self._dagger.replay),
            seconds=time.monotonic() - start,
            evaluation=self._evaluate_round(round_index, name),
        )
        self._console.round(report)
        self._log.log(self._dagger.learner.num_updates, _metrics(report))

    def _collect(self, round_index: int) -> Rate:
        steps = self._dagger.num_rollouts(round_index) * self._environment.episode_steps
        with (
            self._dagger.learner.acting_weights(),
            self._console.progress(f"round {round_index}: rollouts", steps) as advance,
        ):
            return self._dagger.collect(round_index, advance)

    def _learn(self, round_index: int) -> float:
        """Do the updates of a round and return the mean loss of the last ones."""
        count = self._config.train.updates_per_round
        with self._console.progress(f"round {round_index}: updates", count) as advance:
            updates = self._dagger.learn(advance)
            while block := list(islice(updates, _LOGGED_UPDATES)):
                loss, grad_norm = (
                    float(torch.stack(each).mean()) for each in zip(*block, strict=True)
                )
                values = {"train/loss": loss, "train/grad_norm": grad_norm}
                self._log.log(self._dagger.learner.num_updates, values)
        return loss

    def _evaluate_round(self, round_index: int, name: str) -> Rate | None:
        """Return the success rate on the training cabinets, in the rounds that measure it."""
        every = self._config.evaluation.every
        is_last = round_index == self._config.train.rounds
        if every is None or round_index % every or is_last:
            return None
        return summarize(self._evaluate(name))[0].rate

    def _evaluate(self, name: str) -> list[Episode]:
        with self._dagger.learner.acting_weights():
            return evaluate_splits(
                self._config,
                self._student,
                self._environment,
                console=self._console,
                run=self._run,
                name=name,
            )

    def save(self, name: str) -> None:
        """Write the student, with the weights that it acts with, as checkpoint `name`."""
        facts = {"name": name, "updates": self._dagger.learner.num_updates}
        with self._dagger.learner.acting_weights():
            save_checkpoint(self._run.checkpoints / name, self._student, facts)


def _metrics(report: RoundReport) -> dict[str, float]:
    metrics = {
        "round/index": report.round_index,
        "round/expert_share": report.expert_share,
        "round/rollout_success": report.rollout.rate,
        "round/seconds": report.seconds,
        "round/replay_steps": report.steps,
        "train/lr": report.lr,
    }
    if report.evaluation is not None:
        metrics["evaluation/train_success"] = report.evaluation.rate
    return metrics
