"""The training loop: periods of updates, whatever the algorithm, and everything written down.

The gradient step itself is `Learner.update` in `learning/learner.py`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any, final

from spawnnet_jobs.terminal.console import Console
from spawnnet_jobs.terminal.estimate import RunEstimate
from spawnnet_jobs.terminal.postponed import postponed
from spawnnet_jobs.together.collectives import any_process, check_equal, from_first
from spawnnet_jobs.together.ranks import size
from spawnnet_record.best_window import BestWindow
from spawnnet_record.evaluations import Evaluated
from spawnnet_record.files import reading
from spawnnet_record.metrics import Log
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.success_rate import Rate
from spawnnet_train.algorithms.algorithm import Algorithm, PeriodReport
from spawnnet_train.config.errors import DivergenceError
from spawnnet_train.learning.checkpoint import digest, load_checkpoint
from spawnnet_train.learning.learner import Learner
from spawnnet_train.learning.training_state import PROBLEM, TrainingState, save_training_state
from spawnnet_train.rollouts.evaluated import record_evaluation, split_rates
from spawnnet_train.rollouts.evaluation import Episode
from spawnnet_train.rollouts.simulation import TRAIN
from spawnnet_train.rollouts.splits import Evaluator
from spawnnet_train.runs.progress import MeanLoss, UpdateLog
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.run_writer import RunWriter
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.student import Student

BEST, FINAL, INTERRUPTED = "best", "final", "interrupted"


@final
class Training:
    """The position of a run in its periods, and the work of one of them.

    Args:
        config: Of the run.
        algorithm: Set up with the student here.
        student: Is trained.
        run: Gets checkpoints, the training state, and what evaluations leave.
        console: Shows progress, and a row for each period.
    """

    def __init__(
        self,
        config: RunConfig,
        algorithm: Algorithm[Any],
        student: Student,
        *,
        run: RunDirectory,
        console: Console,
    ) -> None:
        self._config, self._run, self._console = config, run, console
        self._student, self._algorithm = student, algorithm
        algorithm.keep_in(run.storage, config.algorithm)
        algorithm.set_up(student)
        periods = list(map(algorithm.num_updates, range(algorithm.num_periods)))
        self._learner = Learner(student, config.train, periods)
        self._evaluator = Evaluator(config, run, console)
        self._writer = RunWriter(run)
        self._period, self._batch = 0, 0
        self._loss, self._scores = MeanLoss(), BestWindow()
        self._unlogged: Sequence[Sequence[float]] = ()

    def restore(self) -> int:
        """Go to where the run was last saved, if it was, and return the updates done by then.

        Raises:
            RecordError: If files are damaged.
        """
        if not self._run.training_state.is_file():
            return 0
        path = self._run.training_state
        state = TrainingState(path)
        state.restore(self._student, self._learner)
        at = state.position
        with reading(path, PROBLEM):
            self._period, self._batch = int(at["period"]), int(at["batch"])
            self._loss, self._scores = MeanLoss(*at["loss"]), BestWindow(at["scores"])
            # Gradients that overflowed, as in half precision they may, have become null in JSON.
            self._unlogged = [
                [math.nan if n is None else n for n in each] for each in at["updates"]
            ]
        if self._period < self._algorithm.num_periods:
            begun = self._period + (self._batch > 0)
            with self._writer.part("rebuilding"):
                self._algorithm.rebuild(begun, self._load_student, self._console)
            state.restore(self._student, self._learner)  # after students of earlier periods
            with reading(path, PROBLEM):
                self._algorithm.load_state(at["algorithm"])
        return self._learner.num_updates

    def run_all(self, log: Log) -> None:
        """Do the periods that are left and write the final checkpoint.

        Raises:
            DivergenceError: If numbers are no longer finite; it says which checkpoint is good.
        """
        self._updates = UpdateLog(self._config.train.log_every, log, self._unlogged)
        try:
            self._first = self._period + 1
            left = range(self._period, self._algorithm.num_periods)
            self._estimate = RunEstimate(list(map(self._algorithm.num_updates, left)))
            self._console.estimate_by(self._estimate.left)
            while self._period < self._algorithm.num_periods and not self._is_stuck():
                self._run_period(log)
        except DivergenceError as error:
            raise DivergenceError([f"{error} {self._writer.way_on()}"]) from None
        if not (self._run.checkpoints / f"{FINAL}.json").is_file():
            self.save(FINAL)
        self._algorithm.finish()

    def _is_stuck(self) -> bool:
        early = self._config.train.early_stop
        return early is not None and self._scores.num_since_best >= early.patience

    def _run_period(self, log: Log) -> None:
        start, period = time.monotonic(), self._period
        if self._batch == 0:
            with self._writer.part("gathering"), self._learner.acting_weights():
                self._algorithm.begin(period, self._console)
            self._writer.spec(self._algorithm.spec)
        with self._writer.part("updates"):
            self._update_all(period)
        loss = self._loss.mean()
        with self._writer.part("measuring"), self._learner.acting_weights():
            report = self._algorithm.end(period, loss, self._console)
        every = self._algorithm.keep_every
        if every is not None and (period + 1) % every == 0:
            self.save(self._name(period))
        check_equal(lambda: digest(self._student), f"the weights after {self._name(period)}")
        success = self._evaluate(period)
        self._rate(report, success.get(TRAIN))
        self._period, self._batch, self._loss = period + 1, 0, MeanLoss()
        # Logged before the state is saved: a run that goes on repeats what comes after the state.
        self._show(report, loss, success, time.monotonic() - start, log)
        self._save_state()
        self._writer.report()
        self._estimate.ended()

    def _update_all(self, period: int) -> None:
        """Do the updates of a period that are left."""
        title = f"{self._algorithm.period} {self._number(period)}: updates"
        num_left = self._algorithm.num_updates(period) - self._batch
        self._estimate.updating()
        batches = iter(self._algorithm.batches(period, self._batch))
        is_whole = is_over = False
        try:
            # Whatever was drawn is learned from, by all processes.
            with self._console.progress(title, num_left) as advance, postponed() as signals:
                while not is_over and (batch := next(batches, None)) is not None:
                    is_whole = False
                    self._update(period, batch)
                    is_whole = True
                    advance()
                    is_over = any_process(bool(signals))
            if is_over:  # another process was told
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            if is_whole and (is_over or size() == 1):
                self._save_state()
            raise
        self._updates.flush(self._learner)

    def _update(self, period: int, batch: Batch) -> None:
        update = self._learner.update(batch, self._algorithm.watch)
        self._loss.add(update.loss, update.num_samples)
        self._batch += 1
        self._estimate.updated()
        self._updates.add(update, self._learner)
        is_last = self._batch == self._algorithm.num_updates(period)  # after which it is anyway
        if not is_last and self._learner.num_updates % self._config.train.save_every == 0:
            self._updates.flush(self._learner)
            self._save_state()

    def _evaluate(self, period: int) -> dict[str, Rate]:
        """Return the success rate on every split, in the periods that measure it.

        It decides which checkpoint is `best`, so its episodes are none of those that are reported.
        """
        every = self._config.evaluation.every
        is_last = period + 1 == self._algorithm.num_periods
        number = self._number(period)
        if every is None or self._config.simulation is None or (number % every and not is_last):
            return {}
        with self._learner.acting_weights():
            seed = self._config.evaluation.chosen_on
            return from_first(lambda: split_rates(self.evaluate(self._name(period), number, seed)))

    def evaluate(self, name: str, period: int, seed: int | None = None) -> list[Episode]:
        """Return the outcomes of the student on every split, written down as those of `name`."""
        seed = self._config.evaluation.seed if seed is None else seed
        student = Evaluated(name, period, seed)
        with self._writer.part("evaluation"):
            episodes = self._evaluator.evaluate(self._student, name, seed=seed)
        record_evaluation(self._run, student, episodes)
        return episodes

    def _rate(self, report: PeriodReport, success: Rate | None) -> None:
        """Take in how good the student is now; a new best one is kept."""
        score = report.score if success is None or self._algorithm.measures else -success.rate
        if score is not None and not math.isfinite(score):
            name = self._name(self._period)
            raise DivergenceError([f"{name}: what is measured on validation data is {score}."])
        if score is not None and self._scores.add(score):
            self.save(BEST)

    def _show(
        self,
        report: PeriodReport,
        loss: float,
        success: dict[str, Rate],
        seconds: float,
        log: Log,
    ) -> None:
        word, number = self._algorithm.period, self._number(self._period - 1)
        lr = self._learner.lr
        alone = {f"evaluation/{split}_success": rate.rate for split, rate in success.items()}
        metrics = {word: float(number), "train/loss": loss, **report.metrics, **alone}
        log.log(self._learner.num_updates, metrics)
        cells = {word: str(number), **report.cells, "loss": f"{loss:.5f}", "lr": f"{lr:.1e}"}
        cells["seconds"] = f"{seconds:.1f}"
        if self._config.evaluation.every is not None:
            cells["success"] = " ".join(f"{rate.rate:.0%}" for rate in success.values())
        self._console.row(cells, is_first=self._period == self._first)

    def _number(self, period: int) -> int:
        """Return what people call a period: rounds count from the warm-up, 0; epochs from 1."""
        return period + self._algorithm.first_number

    def _name(self, period: int) -> str:
        return f"{self._algorithm.period}_{self._number(period):03d}"

    def _load_student(self, period: int) -> None:
        load_checkpoint(self._run.checkpoints / self._name(period), self._student)

    def save(self, name: str) -> None:
        """Write the student, with the weights that it acts with, as checkpoint `name`."""
        last = max(0, self._period - (self._batch == 0))  # whose updates it has seen
        updates = self._learner.num_updates
        facts = {"period": self._number(last), "updates": updates}
        with self._learner.acting_weights():
            self._writer.checkpoint(name, self._student, facts)

    def _save_state(self) -> None:
        position = {
            "period": self._period,
            "batch": self._batch,
            "loss": self._loss.state(),
            "scores": self._scores.values,
            "updates": self._updates.unwritten(),
            "algorithm": self._algorithm.state(),
            "processes": size(),
        }
        save_training_state(self._run.training_state, self._student, self._learner, position)
