"""From an empty folder to a running server."""
