"""Inboxes (sites), the people who write to them, and how we know who they are. Imports neither chat nor agents."""
