"""A student in an environment: rollouts, evaluation, what they leave to look at."""
