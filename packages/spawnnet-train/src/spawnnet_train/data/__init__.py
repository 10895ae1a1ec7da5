"""Demonstrations from any common format, as batches for training.

`open_source` (formats) reads a data set through one interface (source); `Demonstrations` picks the
keys of a mapping and checks them; `training_loader` and `validation_loader` (dataset) make batches.
"""
