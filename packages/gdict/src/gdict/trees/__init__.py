"""Functions over plain nested dicts, lists and tuples; every method of GDict is one of them."""
