"""Runs as jobs of a cluster that SLURM manages."""
