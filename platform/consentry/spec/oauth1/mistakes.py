"""What signing libraries and their users get wrong: the request as somebody else might read it.

A signature that fits one of these tells its owner what to look for.
"""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from .encoding import Pair, escape, form_pairs
from .request import SignedRequest


def request_mistakes(
    request: SignedRequest, query: bytes, form: bytes
) -> Iterator[tuple[str, SignedRequest]]:
    """The mistake in words, and what was signed if it was made.

    query: the request's, as sent. form: its body, if that is a form.
    """
    yield from _uri_mistakes(request, query)
    pairs, of_query, of_form = list(request.parameters), form_pairs(query), form_pairs(form)
    if of_query:
        yield "the query was not signed", _without(request, of_query)
    if of_form:
        yield "the form body was not signed", _without(request, of_form)
    if request.realm is not None:
        yield "the realm was signed", _with(request, [*pairs, ("realm", request.realm)])
    for name in ("oauth_token", "oauth_version", "oauth_callback", "oauth_verifier"):
        sent = [pair for pair in pairs if pair[0] == name]
        if sent:
            yield f"{name} was not signed", _without(request, sent)
    if any(" " in value for _, value in pairs):
        plus = [(name, value.replace(" ", "+")) for name, value in pairs]
        yield "spaces were signed as +", _with(request, plus)
    yield (
        "values were encoded once too often",
        _with(request, [(name, escape(value)) for name, value in pairs]),
    )


def _uri_mistakes(request: SignedRequest, query: bytes) -> Iterator[tuple[str, SignedRequest]]:
    parts = urlsplit(request.uri)
    other = "http" if parts.scheme == "https" else "https"
    yield f"{other} was signed, not {parts.scheme}", _at(request, scheme=other)
    if parts.port is not None:
        yield "the port was left out", _at(request, netloc=str(parts.hostname))
    else:
        port = {"http": 80, "https": 443}[parts.scheme]
        yield "the default port was signed", _at(request, netloc=f"{parts.netloc}:{port}")
    if query:
        whole = f"{request.uri}?{query.decode('latin-1')}"
        yield "the query was signed as part of the URI", replace(request, uri=whole)
    path = parts.path[:-1] if parts.path.endswith("/") else f"{parts.path}/"
    yield "the path was signed with another ending slash", _at(request, path=path)


def _at(request: SignedRequest, **changes: str) -> SignedRequest:
    return replace(request, uri=urlsplit(request.uri)._replace(**changes).geturl())


def _with(request: SignedRequest, pairs: list[Pair]) -> SignedRequest:
    return replace(request, parameters=tuple(pairs))


def _without(request: SignedRequest, gone: list[Pair]) -> SignedRequest:
    left = list(request.parameters)
    for pair in gone:
        if pair in left:
            left.remove(pair)
    return _with(request, left)


def key_mistakes(client_secret: str, token_secret: str) -> Iterator[tuple[str, str]]:
    """The mistake in words, and the HMAC key of it (RFC 5849 §3.4.2)."""
    if token_secret:
        yield "the token's secret was left out of the key", f"{escape(client_secret)}&"
        yield (
            "the two secrets are the wrong way round",
            (f"{escape(token_secret)}&{escape(client_secret)}"),
        )
    else:
        yield "the & after the secret was left out of the key", escape(client_secret)
    yield "the secrets were not encoded in the key", f"{client_secret}&{token_secret}"
