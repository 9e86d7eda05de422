"""Servers broken on purpose. Each breaks one promise; the test of that promise has to notice."""
