"""Readers: one per format, what they share, and the detection of the format."""
