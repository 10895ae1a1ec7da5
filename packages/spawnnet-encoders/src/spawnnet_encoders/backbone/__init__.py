"""The pre-trained network: which one, its weights, its sizes, and its features of images."""
