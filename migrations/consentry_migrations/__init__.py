"""The history of the schema. Each revision expands first and contracts a release later."""

HEAD = "0016"
"""The newest revision; serving processes compare it without loading the migrations."""


def serves(revision: str | None) -> bool:
    """Whether code of `HEAD` can use a database at this revision: its own or a later one.

    Later ones only add, until one takes away what no release since another revision uses.
    That one and all after it name the other in their ids: `0042_from_0038`.
    """
    number, _, oldest = (revision or "").partition("_from_")
    return number >= HEAD.partition("_")[0] >= oldest
