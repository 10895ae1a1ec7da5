"""Cabinets from PartNet-Mobility: files, meshes, and the boxes that stand for them in contact."""
