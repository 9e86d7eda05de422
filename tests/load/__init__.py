"""Load programs: they start the real server, talk to it over real sockets and check that nothing was lost.

`python -m tests.load --help` says how to run them; docs/performance.md says what came out.
"""
