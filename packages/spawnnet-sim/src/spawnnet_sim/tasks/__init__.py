"""What is to be done, and how it is judged."""
