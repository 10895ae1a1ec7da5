"""Cabinets: what describes them, generated ones, PartNet-Mobility's."""
