"""Django's SQLite with a queue for those who want to write: `base` is the database backend."""
