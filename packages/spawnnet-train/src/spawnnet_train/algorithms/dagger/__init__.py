"""DAgger in simulation."""
