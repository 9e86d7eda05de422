"""What people do. A service checks and gives an entry for the log, or does it; edges only call services."""
