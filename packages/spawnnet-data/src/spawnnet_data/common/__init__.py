"""What every part needs: errors, optional libraries, a bounded store, whole files."""
