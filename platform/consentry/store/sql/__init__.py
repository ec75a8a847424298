"""The SQL store, on PostgreSQL (asyncpg) and SQLite (aiosqlite).

Statements of the hot path are compiled once from the tables and run on the driver
itself; everything else is an ordinary `AsyncSession`.
"""
