"""How a command says that it failed."""


class Failed(Exception):
    """The command was not done; the text, one line, says why. Exit status 1."""
