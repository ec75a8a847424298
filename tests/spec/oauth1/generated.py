"""Requests made up by hypothesis."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from consentry.spec.oauth1.signing import Credentials

from .made import private_pem, rsa_key

# Everything a form may hold once decoded but NUL; `realm` as a name is what oauthlib leaves out.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
names = texts.filter(lambda name: name != "realm" and not name.startswith("oauth_"))
# oauthlib and Authlib decode protocol values twice where they are in a query or form.
undecodable = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0%"), min_size=1, max_size=8
)
PRIVATE = private_pem(rsa_key())
SCHEMES = st.sampled_from(["http", "https", "HTTPS"])
HOSTS = st.sampled_from(["example.com", "EXAMPLE.net", "127.0.0.1", "[::1]", "[2001:db8::a]"])
PORTS = st.sampled_from(["", "", ":80", ":443", ":8080"])
PATHS = st.from_regex(
    r"(/([A-Za-z0-9._~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2}){1,6}){0,3}/?", fullmatch=True
)
ENCODERS: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [lambda text: quote(text, safe=""), quote_plus, quote]
)


@dataclass(frozen=True)
class Made:
    """A request before it is signed; `fields` of its form, if it has one."""

    method: str
    url: str
    fields: list[tuple[str, str]] | None
    credentials: Credentials = field(repr=False)

    @property
    def form(self) -> str:
        """The form as a body."""
        return "&".join(f"{quote_plus(a)}={quote_plus(b)}" for a, b in self.fields or [])


@st.composite
def encoded_queries(draw: st.DrawFn) -> str:
    """Queries of encoded pairs, some without `=`."""
    pairs = draw(st.lists(st.tuples(names, texts), max_size=4))
    encode = draw(ENCODERS)
    fields = [f"{encode(name)}={encode(text)}" if text else encode(name) for name, text in pairs]
    return "&".join(fields)


@st.composite
def requests(draw: st.DrawFn, keys: st.SearchStrategy[str] = undecodable) -> Made:
    """Any method, URL, query, form and credentials."""
    query = draw(encoded_queries())
    url = f"{draw(SCHEMES)}://{draw(HOSTS)}{draw(PORTS)}{draw(PATHS)}" + (query and f"?{query}")
    method = draw(st.sampled_from(["GET", "POST", "put", "PATCH", "DELETE"]))
    has_form = method not in ("GET", "DELETE") and draw(st.booleans())
    fields = draw(st.lists(st.tuples(names, texts), min_size=1, max_size=4)) if has_form else None
    token = draw(st.none() | keys)
    credentials = Credentials(
        draw(keys), draw(texts.filter(bool)), token, draw(texts) if token else "",
        PRIVATE,
    )  # fmt: skip
    return Made(method, url, fields, credentials)
