"""How long whom we called asks us to wait."""

from http import HTTPStatus
from typing import Final

from consentry.tenancy.deployment import Answer

MOST_WAIT_S: Final = 24 * 3_600
"""How long a receiver may ask us to wait."""
BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


def asked_wait_s(answer: Answer) -> int:
    """Seconds to wait at least, by `Retry-After` of 429 and 503; 0 where nothing was asked.

    RFC 9110 §10.2.3, §15.6.4; RFC 6585 §4.
    """
    asked = answer.retry_after if answer.status in BUSY else None
    return min(asked or 0, MOST_WAIT_S)
