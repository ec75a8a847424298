"""Connections to the configured Redis, made alike for all who ask it something."""

from typing import Final
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool

CONNECT_S: Final = 0.5
ANSWER_S: Final = 0.25


def redis_pool(url: str, *, most: int, answer_s: float = ANSWER_S) -> BlockingConnectionPool:
    """At most so many connections; one is made when it is needed first.

    url: as `Settings.redis_url` takes it. answer_s: longest wait for an answer, or for one of
    the connections; to make one takes CONNECT_S at most. A certificate must be of the URL's host.
    """
    # redis-py trusts any host's certificate unless told otherwise.
    tls = {"ssl_check_hostname": True} if urlsplit(url).scheme == "rediss" else {}
    return BlockingConnectionPool.from_url(
        url,
        max_connections=most,
        timeout=answer_s,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=answer_s,
        # Redis 6.2 knows no CLIENT SETINFO, and nobody needs two more answers a connection.
        lib_name=None,
        lib_version=None,
        **tls,
    )
