"""Other people's OAuth 1 providers beside ours: the same signed request, the same PostgreSQL.

Each runs in one gunicorn worker and keeps tokens and nonces in tables of its own. gunicorn and
psycopg are needed: without them there is no fair server or driver for either.
"""
