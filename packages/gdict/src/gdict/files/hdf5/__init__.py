"""HDF5 files, in which every object is checked before it is read."""
