"""Ways to learn, each in a folder of its own."""
