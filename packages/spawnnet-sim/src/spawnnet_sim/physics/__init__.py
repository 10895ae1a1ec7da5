"""Simulated environments of any engine: what they offer, and many of them in processes."""
