"""What a program shows while it works, and what it does to its end."""
