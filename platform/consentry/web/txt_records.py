"""TXT records, by which who holds a name says something about it."""

from collections.abc import Sequence
from typing import Final

import dns.asyncresolver
import dns.exception

TOTAL_S: Final = 5.0
MAX_RECORDS: Final = 50


async def txt_records(
    name: str, resolver: dns.asyncresolver.Resolver | None = None
) -> Sequence[str]:
    """The TXT records of an absolute name, the parts of each joined (RFC 7208 §3.3).

    Asks the resolvers of the system, or this one, 5 s in all at most. Empty when there is no
    answer.
    """
    try:
        asked = resolver or dns.asyncresolver.Resolver()
        found = await asked.resolve(f"{name}.", "TXT", lifetime=TOTAL_S, search=False)
    except dns.exception.DNSException:
        return []
    texts = [b"".join(one.strings) for one in list(found)[:MAX_RECORDS]]
    return [text.decode("ascii", "replace") for text in texts]
