"""The signature methods of a deployment: the standard ones, and its own (RFC 5849 §3.4)."""

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from consentry.spec.oauth1.signatures import STANDARD_METHODS, SignatureMethods, Verify

SETTING = "CONSENTRY_OAUTH1_SIGNATURE_METHODS"
# What the list of a client or a tenant can name.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,50}")


def known_methods(
    named: Mapping[str, str], given: Mapping[str, Verify] | None = None
) -> SignatureMethods:
    """Every method this deployment knows.

    named: import paths by name, `package.module:function`, as the setting has them. given:
    functions by name. Raises ValueError, one clear line, for what cannot be used.
    """
    methods = SignatureMethods()
    own = {name: _imported(name, target) for name, target in named.items()}
    for name, verify in {**own, **(given or {})}.items():
        check_method(name, verify, SETTING if name in own else "signature method")
        methods.register(name, verify)
    return methods


def check_method(name: str, verify: Any, source: str) -> None:
    """Raises ValueError unless this can be a method of one's own; `source` begins the line.

    The standard names are taken: nobody would look for another rule behind them.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{source}: {name[:60]!a} is no name of 1 to 50 of A-Z a-z 0-9 . _ -")
    if name in STANDARD_METHODS:
        raise ValueError(f"{source}: {name} is a standard method and cannot be replaced")
    if not callable(verify):
        raise ValueError(f"{source}: {name} is not a function")


def _imported(name: str, target: str) -> Any:
    module, _, function = target.partition(":")
    try:
        found = import_module(module)
    # Whatever that module does when it is imported, the start says which it was.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"{SETTING}: {name}: {module} cannot be imported ({reason})") from None
    try:
        return getattr(found, function)
    except AttributeError:
        raise ValueError(f"{SETTING}: {name}: {module} has no {function}") from None
