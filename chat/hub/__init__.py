"""Who listens to what, in this process and, over Redis, in all others. Says nothing that is not committed."""
