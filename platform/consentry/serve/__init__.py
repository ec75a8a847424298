"""Runs the application: the HTTP/1.1 wire, the stopping of one process, the watch over many.

Owns what happens below ASGI: limits on request heads and on time, framing tricks, draining,
worker processes. Everything above, bodies included, is the application's.
"""

from consentry.serve.server import serve

__all__ = ["serve"]
