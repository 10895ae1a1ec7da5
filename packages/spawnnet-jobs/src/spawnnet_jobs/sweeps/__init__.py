"""Grids of settings, run and compared."""
