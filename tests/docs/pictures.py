"""`python3 dev.py pictures`: the pictures of pages in `docs/images`, taken anew."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright
from starlette.types import ASGIApp

from consentry.store.sql.migrate import migrate
from docs.furnished import furnish
from docs.palette import with_palette
from support import services
from support.wire import FLAGS, served
from support.world import PASSWORD, running_world

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTH = 1280
# File, pixels of height, host, who is signed in, page.
SHOTS = (
    ("operator", 860, "", "operator", "/admin/tenants"),
    ("administration", 800, "photos.", "ada", "/admin"),
    ("portal", 800, "photos.", "dana", "/developer/apps/viewer/requests"),
    ("account", 620, "photos.", "jane", "/account/apps"),
)


@asynccontextmanager
async def site(folder: Path) -> AsyncIterator[int]:
    """A furnished deployment on a port of its own."""
    late: dict[str, ASGIApp] = {}

    async def application(scope: object, receive: object, send: object) -> None:
        await late["app"](scope, receive, send)  # type: ignore[arg-type]

    url = f"sqlite:///{folder}/consentry.db"
    await migrate(url)
    async with served(application) as port:
        options = {"base_url": f"http://localhost:{port}", "operator_password": PASSWORD}
        async with running_world(url, **options) as world:
            late["app"] = world.app
            await furnish(world, f"http://photos.localhost:{port}")
            yield port


async def take(chromium: Browser, port: int, folder: Path) -> list[Path]:
    """Every page in both themes, as files of at most 256 colours."""
    made = []
    for scheme in SCHEMES:
        for name, height, host, username, path in SHOTS:
            context = await chromium.new_context(
                color_scheme=scheme, viewport={"width": WIDTH, "height": height},
                reduced_motion="reduce", locale="en-GB", timezone_id="UTC",
            )  # fmt: skip
            page = await context.new_page()
            await sign_in(page, f"http://{host}localhost:{port}", username)
            await page.goto(f"http://{host}localhost:{port}{path}")
            if path.endswith("/requests"):
                await page.get_by_role("link", name="Explain").first.click()
                await page.wait_for_load_state("networkidle")
            target = folder / f"{name}-{scheme}.png"
            target.write_bytes(with_palette(await page.screenshot()))
            made.append(target)
            await context.close()
    return made


async def sign_in(page: Page, address: str, username: str) -> None:
    """By the form of that host."""
    await page.goto(f"{address}/login")
    await page.locator("[name=username]").fill(username)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("[name=password]").press("Enter")
    await page.wait_for_url(lambda url: "/login" not in url)


async def main(folder: Path = IMAGES) -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory(prefix="cns-pictures-") as place:
        async with site(Path(place)) as port, async_playwright() as tools:
            chromium = await tools.chromium.launch(executable_path=services.chromium(), args=FLAGS)
            for path in await take(chromium, port, folder):
                print(f"{path.name}  {path.stat().st_size // 1000} kB")
            await chromium.close()


if __name__ == "__main__":
    asyncio.run(main(*map(Path, sys.argv[1:2])))
