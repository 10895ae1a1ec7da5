"""Recording, previews, measurements."""
