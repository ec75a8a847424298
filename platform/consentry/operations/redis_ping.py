"""Whether the configured Redis answers."""

from redis.asyncio import Redis

from consentry.redis_pool import redis_pool


async def ping(url: str) -> None:
    """Sign in if the URL says so, and PING.

    Raises redis.exceptions.RedisError, or OSError, whose text does not hold the password.
    """
    pool = redis_pool(url, most=1)
    try:
        await Redis(connection_pool=pool).ping()
    finally:
        await pool.aclose()
