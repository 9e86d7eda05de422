"""Tests that kill a server in the midst of traffic, and mutants that show the tests can fail."""
