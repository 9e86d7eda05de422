"""Mails: written as rows in the transaction they belong to, sent afterwards by the worker.

May be imported by the log and by everything above it. Nothing here is sent by the one who asks for it.
"""
