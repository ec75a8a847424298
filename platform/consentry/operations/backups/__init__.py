"""Backups: every row of a deployment or of one tenant in one file, and back into a database.

Owns the form of the file and what is checked before a row of it counts. Leaves files, their
compression and their rights to the command line, and reading and writing rows to the store.
"""
