"""Plays recorded conversations against a running server and checks that it kept every word.

Everything in here speaks the public protocol only, as a widget and a console would; nothing imports the
models, so a replay can run on a machine that holds no database.
"""
