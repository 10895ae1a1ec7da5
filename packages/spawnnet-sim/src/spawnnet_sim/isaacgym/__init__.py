"""The Isaac Gym engine: physics in a worker of its own, in the Python that Isaac Gym needs."""
