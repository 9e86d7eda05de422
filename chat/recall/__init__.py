"""What is remembered of a person's problems, for the technician who meets them again."""
