"""Mint and read codes, access, refresh and ID tokens.

Owns what a token looks like and when it counts. Leaves who may have one to the grants.
"""
