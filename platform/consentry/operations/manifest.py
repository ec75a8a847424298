"""The form of a manifest: what `apply` reads and `export` writes.

Only the shape is checked here; each value meets its rule where it is applied. A key that
was omitted is not in `model_fields_set`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from consentry.operations.errors import OperationError, Refused, refusal
from consentry.operations.yaml_text import Document, YamlError, read


class ManifestError(OperationError):
    """A manifest cannot be applied: `FILE:LINE: key.path: reason`."""

    def __init__(self, file: str, line: int, path: str, reason: str) -> None:
        super().__init__(f"{file}:{line}: {path}: {reason}" if path else f"{file}:{line}: {reason}")
        self.line, self.path, self.reason = line, path, reason


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ApiEntry(_Entry):
    """An API (RFC 8707). `resource_servers` are the client ids that serve it."""

    identifier: str
    name: str | None = None
    scopes: list[str] | None = None
    access_token_format: Literal["opaque", "jwt"] | None = None
    access_token_lifetime: int | None = None
    resource_servers: list[str] | None = None


class ScopeEntry(_Entry):
    """A declared scope-token and the text people read."""

    name: str
    description: str | None = None


class UserEntry(_Entry):
    """A person, known by username."""

    username: str
    email: str | None = None
    password: str | None = None
    password_hash: str | None = None
    roles: list[str] | None = None
    claims: dict[str, Any] | None = None
    disabled: bool | None = None


class ClientEntry(_Entry):
    """A client; all but the three names below is client metadata."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    client_id: str
    client_secret: str | None = None
    disabled: bool | None = None

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Client metadata as given."""
        return self.__pydantic_extra__ or {}


class TenantEntry(_Entry):
    """A tenant, known by slug."""

    slug: str
    name: str | None = None
    domains: list[str] | None = None
    settings: dict[str, Any] | None = None
    apis: list[ApiEntry] | None = None
    scopes: list[ScopeEntry] | None = None
    users: list[UserEntry] | None = None
    clients: list[ClientEntry] | None = None
    disabled: bool | None = None


class _Form(_Entry):
    tenants: list[TenantEntry]


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read, and where in its file everything stands."""

    file: str
    document: Document
    tenants: tuple[TenantEntry, ...]

    @classmethod
    def parse(cls, text: str, file: str = "manifest") -> "Manifest":
        """The manifest a YAML text spells. Raises ManifestError with its place."""
        try:
            document = read(text)
        except YamlError as error:
            raise ManifestError(file, error.line, error.path, error.reason) from None
        manifest = cls(file, document, ())
        with manifest.at(""):
            if not isinstance(document.value, dict):
                raise Refused("", "must be an object with the key tenants")
            try:
                form = _Form.model_validate(document.value)
            except ValidationError as error:
                raise refusal(error) from None
            _check_unique(form)
        return cls(file, document, tuple(form.tenants))

    @contextmanager
    def at(self, path: str) -> Iterator[None]:
        """Refusals inside become ManifestErrors below this key path."""
        try:
            yield
        except Refused as error:
            dot = "." if path and error.key and not error.key.startswith("[") else ""
            where = f"{path}{dot}{error.key}"
            raise ManifestError(
                self.file, self.document.line(where), where, error.reason
            ) from error


def _check_unique(form: _Form) -> None:
    _unique("tenants", "slug", [one.slug for one in form.tenants])
    for number, tenant in enumerate(form.tenants):
        at = f"tenants[{number}]"
        _unique(f"{at}.apis", "identifier", [one.identifier for one in tenant.apis or ()])
        _unique(f"{at}.scopes", "name", [one.name for one in tenant.scopes or ()])
        _unique(f"{at}.clients", "client_id", [one.client_id for one in tenant.clients or ()])
        names = [one.username.casefold() for one in tenant.users or ()]
        _unique(f"{at}.users", "username", names)


def _unique(path: str, key: str, names: list[str]) -> None:
    if len(set(names)) == len(names):
        return
    seen: set[str] = set()
    for number, name in enumerate(names):
        if name in seen:
            raise Refused(f"{path}[{number}].{key}", f"{name} is there twice")
        seen.add(name)
