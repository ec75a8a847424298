"""The words of OAuth 1.0a on the wire: what is signed, how, and what a refusal is called.

Owns RFC 5849 §3 for both sides, clients and servers. Leaves credentials, clocks and what
was spent before to its callers.
"""
