"""What is kept in Redis where one is configured: counters of attempts, nothing else.

All of it may vanish at any time and nothing opens: a value that counts once is spent in the
database. Every key begins with `consentry:` and the tenant's id, and dies by itself. Each method
is one script, run by Redis as a whole. While Redis is away the database counts.
"""
