"""Rapport with years of work on file: a program that makes them, and tests of what the product then asks for.

python -m tests.scale.seed --events 10000000 --database-url postgres://…    fill an empty database
SCALE=10000000 pytest tests/scale                                           the tests on so many events
python -m tests.scale.million --help                                        what a million open widgets take
"""
