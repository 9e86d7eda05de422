"""Commands of chat."""
