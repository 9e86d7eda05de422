"""Servers, browsers and protocol clients for the tests."""
