"""Stub."""


def register_loaded() -> None:
    """Stub."""
