"""Signed JSON (RFC 7515, 7517, 7518, 7519): keys, signing, verifying, key sets.

Owns the rules of RFC 8725 for what is signed. Knows no tenant, no store, no clock: keys and
the time of day are given. Signing and checking take microseconds; making an RSA key does not.
"""
