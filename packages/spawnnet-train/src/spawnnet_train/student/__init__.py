"""Who is trained: what it sees, how it acts, and how it is built."""
