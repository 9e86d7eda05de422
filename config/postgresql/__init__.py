"""Django's PostgreSQL that does not wait for ever: `base` is the database backend."""
