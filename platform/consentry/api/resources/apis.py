"""Declared APIs (RFC 8707)."""

from consentry.api.models.tenant import ApiList, ApiPatch, ApiShown, NewApi, api_shown
from consentry.api.operation import Call, Made, Resource
from consentry.api.resources.addresses import address
from consentry.operations import declared

apis = Resource(
    "apis", "APIs that tokens are for (RFC 8707). Address one by its encoded identifier."
)


@apis("GET", "/apis", "scopes.read", answer=ApiList)
async def list_apis(call: Call[None, None]) -> ApiList:
    """Declared APIs by identifier."""
    return ApiList(items=[api_shown(row) for row in await declared.list_apis(call.ctx)])


@apis("POST", "/apis", "scopes.write", body=NewApi, answer=ApiShown, status=201, creates=True)
async def create_api(call: Call[None, NewApi]) -> Made:
    """Declare an API."""
    given = call.body.model_dump(exclude_unset=True, exclude={"identifier"})
    row = await declared.create_api(call.ctx, call.body.identifier, given)
    return Made(api_shown(row), address("apis", row.identifier))


@apis("GET", "/apis/{identifier}", "scopes.read", answer=ApiShown)
async def get_api(call: Call[None, None]) -> ApiShown:
    """One API."""
    return api_shown(await declared.get_api(call.ctx, call.path["identifier"]))


@apis(
    "PATCH", "/apis/{identifier}", "scopes.write",
    body=ApiPatch, answer=ApiShown, current=get_api,
)  # fmt: skip
async def update_api(call: Call[None, ApiPatch]) -> ApiShown:
    """Change an API (RFC 7396)."""
    given = call.body.model_dump(exclude_unset=True)
    return api_shown(await declared.update_api(call.ctx, call.path["identifier"], given))


@apis("DELETE", "/apis/{identifier}", "scopes.write", status=204, current=get_api)
async def delete_api(call: Call[None, None]) -> None:
    """Take an API back; no more tokens for it are given out."""
    await declared.delete_api(call.ctx, call.path["identifier"])
