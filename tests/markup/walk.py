"""Somebody who follows every link and sends every form empty, and what they were shown."""

import re
from collections import Counter
from collections.abc import Iterable
from html import unescape
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import httpx

LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"')
FORM = re.compile(r'<form\b([^>]*\bmethod="post"[^>]*)>(.*?)</form>', re.S)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
OF_EACH_KIND = 2


class Walk:
    """One browser's way. kinds: the addresses there are, as patterns with `{names}`.

    pages: HTML by where it was found. met: the kinds that answered with a page or the way to one.
    """

    def __init__(self, name: str, browser: httpx.AsyncClient, kinds: Iterable[str]) -> None:
        self.pages: dict[str, str] = {}
        self.met: set[str] = set()
        self._name, self._browser, self.kinds = name, browser, frozenset(kinds)
        self._patterns = {
            kind: re.compile(re.sub(r"\{\w+\}", "[^/]+", kind)) for kind in self.kinds
        }
        self._seen: Counter[tuple[str, frozenset[str]]] = Counter()

    async def through(self, *starts: str) -> None:
        """Follow links, two of each kind, from these addresses on."""
        waiting, asked = list(starts), set[str]()
        while waiting:
            address = waiting.pop(0)
            kind = self.kind_of(address)
            is_wanted = address in starts or (kind is not None and self._is_new(kind, address))
            if kind is None or address in asked or not is_wanted:
                continue
            asked.add(address)
            answer = await self._browser.get(address)
            if self._keep(address, answer):
                self.met.add(kind)
                found = [unescape(link) for link in LINK.findall(answer.text)]
                waiting += [urldefrag(urljoin(address, link)).url for link in found]
            elif "location" in answer.headers:
                self.met.add(kind)
                waiting.append(urljoin(address, answer.headers["location"]))

    def kind_of(self, address: str) -> str | None:
        """The kind of an address of this host; one without `{names}` goes before others."""
        parts = urlsplit(address)
        if parts.netloc and parts.netloc != self._browser.base_url.netloc.decode():
            return None
        fitting = [kind for kind, one in self._patterns.items() if one.fullmatch(parts.path)]
        return min(fitting, key=lambda kind: kind.count("{"), default=None)

    def _is_new(self, kind: str, address: str) -> bool:
        key = kind, frozenset(name for name, _ in parse_qsl(urlsplit(address).query))
        self._seen[key] += 1
        return self._seen[key] <= OF_EACH_KIND

    def _keep(self, where: str, answer: httpx.Response) -> bool:
        """Whether the answer is a page."""
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        assert answer.status_code < 500, where
        if is_page and answer.text:
            self.pages[f"{self._name} {where} {answer.status_code}"] = answer.text
        return is_page and answer.status_code == 200

    async def send_empty(self) -> None:
        """Send each form that is no question with nothing but its hidden fields: what is wrong
        is said on pages, too."""
        for where, html in list(self.pages.items()):
            for start, inside in FORM.findall(html):
                action = unescape(re.findall(r'action="([^"]*)"', start)[0])
                if 'class="ask' in start or self.kind_of(action) is None:
                    continue
                fields = {name: unescape(value) for name, value in HIDDEN.findall(inside)}
                answer = await self._browser.post(action, data=fields)
                self._keep(f"{where} -> {action}", answer)
