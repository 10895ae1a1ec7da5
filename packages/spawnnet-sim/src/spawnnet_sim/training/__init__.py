"""Training of experts by reinforcement learning."""
