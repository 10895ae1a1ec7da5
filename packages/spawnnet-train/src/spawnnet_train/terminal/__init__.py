"""What a command says while it works, and how it ends."""
