"""The classes: GDict, rows of arrays, a ring of rows, and shared memory."""
