"""Sealing, key derivation, passwords and random secrets.

Owns how bytes are protected. Knows nothing of tenants as rows, of requests, files or the
clock: whoever calls brings ids, keys and times. Nothing here waits; what is slow says so.
"""
