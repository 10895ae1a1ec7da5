"""Studies: many runs that answer a question, and one report of them."""
