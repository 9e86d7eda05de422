"""What is shipped in deploy/ works: nginx with servers behind it, and files that name only what exists."""
