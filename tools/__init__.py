"""What the Makefile calls: environment, services and checks. Standard library only."""
