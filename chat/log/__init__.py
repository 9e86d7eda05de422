"""The only writer of conversations. `append` is the transaction; `store` is the way to it from everywhere."""
