"""`make bench`: every load program in turn, and the tables of docs/performance.md from what they found."""
