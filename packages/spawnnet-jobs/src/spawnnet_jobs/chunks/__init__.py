"""Evaluations in chunks: who does which part, and how the parts come together again."""
