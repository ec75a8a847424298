"""Verbs that all doors share: tenants, clients, users, keys, and manifests of them all.

Owns the rules of what may be configured and their refusals. Leaves who may ask to the
doors, and how a thing is stored to the store.
"""
