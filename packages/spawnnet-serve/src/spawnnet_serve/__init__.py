"""Serve any robot policy over openpi's WebSocket protocol; see `PolicyServer`."""

from spawnnet_serve.__about__ import __version__
from spawnnet_serve.client import PolicyClient
from spawnnet_serve.errors import MessageError
from spawnnet_serve.messages import pack, unpack
from spawnnet_serve.server import PolicyServer
from spawnnet_serve.session import ServedPolicy

__all__ = [
    "MessageError",
    "PolicyClient",
    "PolicyServer",
    "ServedPolicy",
    "__version__",
    "pack",
    "unpack",
]
