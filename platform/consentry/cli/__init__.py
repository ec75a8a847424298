"""The command line: one file a noun, over the same operations as the other doors.

Owns words, files, standard input and output, and exit status: 0 done, 1 refused or failed
with one line on stderr that says why, 2 bad usage. Nothing heavy is imported before a
command needs it.
"""

from consentry.cli.entry import run

__all__ = ["run"]
