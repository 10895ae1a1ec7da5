"""Stands in for Isaac Gym Preview 4 in tests: the calls that the worker uses, and their rules.

It is stricter than the library: what the library lets pass, or crashes on, is an error here. It
simulates with MuJoCo and draws by rays, without OpenGL. It runs in Python 3.8 and newer.
"""
