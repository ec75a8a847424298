"""How long a test waits for what is certain to come."""

from typing import Final

NEVER_S: Final = 60.0
"""What takes so long, however busy the machine is, never happens."""
