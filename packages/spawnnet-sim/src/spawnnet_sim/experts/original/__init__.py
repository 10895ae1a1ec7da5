"""The expert of the original release: a network on point clouds, in plain torch (extra `expert`).

Its weights are the user's; what its network was trained to read is reproduced, oddities included.
"""
