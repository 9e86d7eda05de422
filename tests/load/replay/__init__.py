"""A replay of recorded conversations while everything they stand on fails, again and again.

`python -m tests.load.replay --help`.
"""
