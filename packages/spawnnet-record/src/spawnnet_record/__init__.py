"""What a training run leaves on disk: how it is written, and the one reader of it."""

from spawnnet_record.__about__ import __version__
from spawnnet_record.errors import RecordError
from spawnnet_record.metrics import Log, MetricsLog, MetricsLogs, read_metrics
from spawnnet_record.provenance import describe_machine
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_lock import running
from spawnnet_record.run_record import RunRecord
from spawnnet_record.tensorboard_log import TensorboardLog
from spawnnet_record.wandb_log import WandbLog

__all__ = [
    "Log",
    "MetricsLog",
    "MetricsLogs",
    "RecordError",
    "RunDirectory",
    "RunRecord",
    "TensorboardLog",
    "WandbLog",
    "__version__",
    "describe_machine",
    "read_metrics",
    "running",
]
