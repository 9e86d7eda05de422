"""Rapport's tests. What several of them use lives in `support`; fixtures are in `conftest.py`."""
