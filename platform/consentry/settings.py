"""Settings of one process, read from `CONSENTRY_*` variables or a `.env` file.

Every setting has a safe default, a stated unit and a line in `docs/settings.md`.
"""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from consentry.spec.mail_url import parse_mail_url

Network = IPv4Network | IPv6Network
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
TLS_FILES = {"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"}


class Limit(NamedTuple):
    """At most `attempts` in a burst, refilled evenly over `period_s` seconds."""

    attempts: int
    period_s: int

    def __str__(self) -> str:
        return f"{self.attempts}/{self.period_s}"


def _limit(value: object) -> object:
    if not isinstance(value, str):
        return value
    count, slash, period = value.partition("/")
    if not slash or not count.isdecimal() or not period.isdecimal():
        raise ValueError("write a limit as COUNT/SECONDS, such as 10/300")
    if int(count) < 1 or int(period) < 1:
        raise ValueError("a limit's count and seconds are at least 1")
    return Limit(int(count), int(period))


def _networks(value: object) -> object:
    if isinstance(value, str):
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    return value


def _named_functions(value: object) -> object:
    if not isinstance(value, str):
        return value
    named = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        name, equals, target = (piece.strip() for piece in part.partition("="))
        module, colon, function = target.partition(":")
        if not (name and equals and module and colon and function):
            raise ValueError("write a signature method as NAME=package.module:function")
        named[name] = target
    return named


def _shown(value: object) -> str:
    """A setting as people write it, with no secret in it."""
    if value is None or isinstance(value, SecretStr):
        return "set" if value else "unset"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and not isinstance(value, Limit):
        return ",".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ",".join(f"{name}={one}" for name, one in value.items()) or "none"
    # The password of a database, in its URL (RFC 3986 §3.2.1) or among its parameters.
    text = re.sub(r"(?<=://)([^:/@]*):[^/]*@", r"\1:…@", str(value))
    return re.sub(r"(?<=[?&]password=)[^&]*", "…", text)


def _check_redis(url: str) -> None:
    """Raises ValueError; its text holds nothing of a URL that may hold a password."""
    try:
        parts = urlsplit(url)
        is_place = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
        named = {name for name, _ in parse_qsl(parts.query, strict_parsing=bool(parts.query))}
    except ValueError:
        is_place, named = None, set()
    if not is_place or parts.fragment or not re.fullmatch(r"(/[0-9]*)?", parts.path):
        raise ValueError(
            "must be redis://[USER:PASSWORD@]HOST[:PORT][/NUMBER] or rediss://… (percent-encoded)"
        )
    if not named <= (TLS_FILES if parts.scheme == "rediss" else set()):
        raise ValueError(f"takes no parameters but {', '.join(sorted(TLS_FILES))} of rediss://")


LimitSetting = Annotated[Limit, NoDecode, BeforeValidator(_limit)]


class Settings(BaseSettings):
    """The process's settings; raises `pydantic.ValidationError` on a bad value."""

    model_config = SettingsConfigDict(
        env_prefix="CONSENTRY_", env_file=".env", extra="ignore", frozen=True
    )

    base_url: str = Field(
        default="http://localhost:8000",
        description="the operator's host; a tenant lives at `{slug}.` in front of it",
    )
    database_url: str = Field(
        default="sqlite:///var/consentry.db", description="`sqlite:///…` or `postgresql://…`"
    )
    redis_url: SecretStr | None = Field(
        default=None,
        description="`redis://…` or `rediss://…`: counts attempts and queues jobs; "
        "without it the database does",
    )
    mail_url: SecretStr | None = Field(
        default=None,
        description="who sends mail: `smtp://[USER:PASSWORD@]HOST[:PORT]` (turns to TLS), "
        "`smtps://…`, `file:FOLDER` or `console:`; without it none is sent",
    )
    mail_from: str | None = Field(
        default=None, description="address mails come from; unset: `no-reply@` the base host"
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="root key of encryption at rest, at least 32 characters; "
        "a comma-separated list rotates (the first one encrypts)",
    )
    operator_password: SecretStr | None = Field(
        default=None, description="password of the operator console's first user, when none exists"
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_networks)] = Field(
        default=(),
        description="addresses or networks whose forwarding headers count, comma-separated",
    )
    fetch_private_addresses: bool = Field(
        default=False,
        description="lets fetches reach private and loopback addresses, http included",
    )
    limits: Literal["standard", "off"] = Field(
        default="standard", description="`off` lifts every throttle (load tests)"
    )
    limit_sign_in_account: LimitSetting = Field(
        default=Limit(10, 600), description="wrong passwords for one account, COUNT/SECONDS"
    )
    limit_sign_in_address: LimitSetting = Field(
        default=Limit(100, 600), description="wrong passwords from one address, COUNT/SECONDS"
    )
    limit_client_secret: LimitSetting = Field(
        default=Limit(30, 60), description="failed authentications of one client from one address"
    )
    limit_mail: LimitSetting = Field(
        default=Limit(5, 3_600),
        description="links asked for by mail for one account, and mails of a sort to one address; "
        "from one network address twenty times as many links",
    )
    limit_mail_tenant: LimitSetting = Field(
        default=Limit(1_000, 3_600),
        description="mails that those who administer one tenant have sent to others",
    )
    oauth1_plaintext_over_http: bool = Field(
        default=False, description="lets PLAINTEXT signatures pass without https (development)"
    )
    oauth1_signature_methods: Annotated[
        dict[str, str], NoDecode, BeforeValidator(_named_functions)
    ] = Field(
        default={},
        description="signature methods of one's own, `NAME=package.module:function`, "
        "comma-separated",
    )
    login_lifetime: int = Field(
        default=43_200, ge=60, description="seconds a signed-in browser stays signed in"
    )
    flow_lifetime: int = Field(
        default=1_800, ge=60, description="seconds a person has from the request to the decision"
    )
    database_pool: int = Field(
        default=10, ge=1, le=500, description="PostgreSQL connections a process"
    )
    migration_lock_timeout: int = Field(
        default=5,
        ge=1,
        le=60,
        description="seconds `migrate` waits for one table before it steps back; PostgreSQL",
    )
    password_threads: int = Field(
        default=2, ge=1, le=64, description="threads that hash passwords at once"
    )
    password_queue: int = Field(
        default=64, ge=1, description="sign-ins that may wait for a hashing thread before 503"
    )
    tenant_cache: int = Field(
        default=10_000, ge=16, description="tenants a process keeps ready, least recently used go"
    )
    refusal_lifetime: int = Field(
        default=2_592_000, ge=60, description="seconds a recorded refusal is kept"
    )
    refusals_kept: int = Field(
        default=10_000, ge=10, description="recorded refusals a tenant keeps at most"
    )
    audit_lifetime: int = Field(
        default=34_560_000, ge=86_400, description="seconds an event of the audit trail is kept"
    )
    usage_lifetime: int = Field(
        default=34_560_000, ge=864_000, description="seconds counts of use by day are kept"
    )
    tenant_grace: int = Field(
        default=604_800,
        ge=0,
        le=31_536_000,
        description="seconds a tenant deleted at the console or by the API can be restored",
    )
    audit_export: Path | None = Field(
        default=None,
        description="a folder that events of the audit trail are written to before they are "
        "deleted; unset: they are deleted",
    )
    sweep_interval: int = Field(
        default=60, ge=1, description="seconds between two sweeps of what has expired"
    )
    sweep_rows_per_second: int = Field(
        default=5_000,
        ge=1,
        le=1_000_000,
        description="expired rows a sweep deletes a second at most",
    )
    embedded_jobs: bool = Field(
        default=True, description="runs the jobs inside `serve` where there is no Redis"
    )
    request_timeout: int = Field(
        default=15, ge=1, description="seconds a request may take to arrive before it is cut"
    )
    drain: int = Field(
        default=2,
        ge=0,
        le=15,
        description="seconds `/readyz` says 503 before a stopping process closes",
    )
    metrics: Literal["base", "address"] = Field(
        default="base",
        description="`/metrics` answers on the base host, "
        "or where `Host` is an IP address and nowhere else",
    )
    access_log: bool = Field(default=True, description="one log line for each request")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least level that is logged"
    )

    @field_validator("base_url")
    @classmethod
    def _origin_only(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be http://HOST[:PORT] or https://HOST[:PORT]")
        if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must have no path, query, fragment or user-info")
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        # A port that is no number is said here, by the setting's name.
        _ = urlsplit(value).port
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_redis(value.get_secret_value())
        return value

    @field_validator("mail_url")
    @classmethod
    def _known_mail(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parse_mail_url(value.get_secret_value())
        return value

    @field_validator("mail_from")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError("must be an e-mail address alone, such as no-reply@example.com")
        return value

    @property
    def mail_sender(self) -> str:
        """The address mails come from."""
        return self.mail_from or f"no-reply@{urlsplit(self.base_url).hostname}"

    @property
    def https(self) -> bool:
        """Whether people reach us by https."""
        return self.base_url.startswith("https://")

    @property
    def base_host(self) -> str:
        """Host and port of `base_url`, lower-case, as a `Host` header carries it."""
        return self.base_url.partition("://")[2]

    @property
    def runs_jobs(self) -> bool:
        """Whether a serving process runs the jobs: where Redis is set, workers do."""
        return self.embedded_jobs and self.redis_url is None

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one SQLite file (and so one process)."""
        return self.database_url.startswith("sqlite:")

    def described(self) -> list[dict[str, Any]]:
        """Name, value (secrets masked), default and meaning of every setting."""
        rows = []
        for name, field in type(self).model_fields.items():
            rows.append(
                {
                    "name": f"CONSENTRY_{name.upper()}",
                    "value": _shown(getattr(self, name)),
                    "default": _shown(field.default),
                    "source": "set" if name in self.model_fields_set else "default",
                    "meaning": field.description,
                }
            )
        return rows
