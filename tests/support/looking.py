"""Pages as axe sees them: WCAG 2.2 AA, as far as a program can tell."""

from typing import Any, Final, Literal

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, ViewportSize

MOST_BYTES: Final = 100_000
WIDE, NARROW = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
# What axe would load once more (`preload`) is asked for by experimental rules only.
EVERY_RULE: Final[dict[str, Any]] = {"resultTypes": ["violations"], "preload": False}
COLOURS: Final = {**EVERY_RULE, "runOnly": ["color-contrast", "link-in-text-block"]}
"""Nothing but colours differs between the themes."""
FOUND: Final = """options => axe.run(options).then(found => found.violations.map(
    one => [one.id + ": " + one.help, ...one.nodes.map(node => node.html)].join("\\n  ")))"""


async def look(page: Page) -> None:
    """Nothing for axe to complain about, in both themes; the page is left in the light one."""
    await _look(page, "dark", COLOURS)
    await _look(page, "light", EVERY_RULE)


async def _look(page: Page, scheme: Literal["light", "dark"], options: dict[str, Any]) -> None:
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    if await page.evaluate("typeof axe === 'undefined'"):
        await page.evaluate(Axe().axe_script)
    found = await page.evaluate(FOUND, options)
    assert not found, "\n".join([f"{page.url} {scheme}", *found])


async def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - innerWidth"))


async def visit(page: Page, address: str) -> None:
    """Look at a page with nothing of it left folded: it is accessible, light, inert, and fits.

    What is hostile in our tests sets `window.hit`.
    """
    await page.set_viewport_size(WIDE)
    answer = await page.goto(address)
    assert answer is not None and answer.status == 200, address
    assert len(await answer.body()) <= MOST_BYTES, address
    for folded in await page.locator("summary").all():
        await folded.click()
    await look(page)
    await fit(page)
    assert await page.evaluate("window.hit") is None, address


async def fit(page: Page) -> None:
    """Nothing of the page lies beside the window, wide or small."""
    for size in (NARROW, WIDE):
        await page.set_viewport_size(size)
        assert await overflow(page) <= 0, f"{page.url} {size}"
