"""The only doors to conversations for somebody. What somebody may not see does not exist for them."""
