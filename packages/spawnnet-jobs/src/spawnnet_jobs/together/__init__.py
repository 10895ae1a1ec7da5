"""Several processes that train one student: who they are, and what they tell each other."""
