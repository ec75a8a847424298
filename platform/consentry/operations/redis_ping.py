"""Whether the configured Redis answers."""


async def ping(url: str) -> None:
    """Sign in if the URL says so, and PING. Raises OSError, whose text holds no password."""
    # Late: most deployments have no Redis, and its client costs them time and memory.
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    from consentry.redis_pool import redis_pool

    pool = redis_pool(url, most=1)
    try:
        try:
            await Redis(connection_pool=pool).ping()
        finally:
            await pool.aclose()
    except RedisError as error:
        raise OSError(str(error)) from None
