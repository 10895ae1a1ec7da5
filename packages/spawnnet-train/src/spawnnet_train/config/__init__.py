"""Configuration of a run: strict YAML, overrides, validation, checks across sections."""
