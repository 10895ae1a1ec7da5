"""Robots: what they are and how they are controlled."""
