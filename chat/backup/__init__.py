"""Backups: one file with all that is needed to come back, and the way back. Only commands import it."""
