"""`python -m spawnnet_train`, the same as the command `spawnnet-train`."""

from spawnnet_train.cli import app

app()
