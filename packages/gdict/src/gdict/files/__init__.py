"""Saving and loading: one pair of functions for each format."""
