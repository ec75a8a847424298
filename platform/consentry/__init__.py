"""Consentry: an async, multi-tenant OAuth and OpenID Connect authorization server."""

__version__ = "0.1.0"
