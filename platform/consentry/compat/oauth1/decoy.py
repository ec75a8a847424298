"""What stands in for a client nobody knows, so that asking for one takes as long (THREATS 4)."""

from secrets import token_urlsafe
from typing import Final, NamedTuple

# The private half was never kept: nothing can be signed for this key.
_PUBLIC_KEY: Final = """\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7PjusNfoKuS5xE/zwdUF
o+6ZFQAvjl5CRTezoOSTaJoKatIoVijEY9gGmucrBlT34lI3QUw7jSNsOIaQM9F5
wGmBATQynEZfTT7aRLeM/n4N66lzyZjWZ3xuw+o1G55stJCAitHos8KJIq+9tz18
hrgKa4+L9A4jijKFni6umGdLLLZcPD9GPsVuyV7/qdJm6Fujkz2FOdsE4YYg1txA
PjZkNeitncpX6mnpPmHM8V9C9XwRFw/XK1Wcd1z5K1cpp91VQAxpFwOEwe11szjp
tVJo/PgPVYswX/A0Q6TLTd4sCMo5JU6hFCQOHRtnyB9MYwbnYKdx+OrTrsfRxzDR
eQIDAQAB
-----END PUBLIC KEY-----
"""


class Decoy(NamedTuple):
    """Credentials that no signature fits."""

    client_secret: str
    rsa_public_key: str


DECOY: Final = Decoy(token_urlsafe(32), _PUBLIC_KEY)
