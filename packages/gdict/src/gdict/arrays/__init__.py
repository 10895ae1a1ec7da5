"""One leaf at a time: NumPy, torch and h5py behind one meaning."""
