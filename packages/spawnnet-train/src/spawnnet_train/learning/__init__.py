"""What every algorithm's updates have in common."""
