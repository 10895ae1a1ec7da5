"""Experts that act on privileged state."""
