"""Who waits, for how long, and who is told."""
