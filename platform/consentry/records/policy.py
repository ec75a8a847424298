"""What a tenant decides about itself: the `settings` of a manifest."""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, field_validator

from consentry.spec.scope import Scope

GrantType = Literal[
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "implicit",
    "urn:ietf:params:oauth:grant-type:token-exchange",
]
SigningAlg = Literal["RS256", "ES256", "PS256", "EdDSA", "Ed25519"]
DEFAULT_GRANT_TYPES: tuple[GrantType, ...] = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
)


class Policy(BaseModel):
    """A tenant's settings. Durations are whole seconds; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    access_token_lifetime: int = Field(default=600, ge=30, le=86_400)
    access_token_format: Literal["opaque", "jwt"] = "opaque"  # noqa: S105
    refresh_token_lifetime: int = Field(default=2_592_000, ge=60, le=315_360_000)
    # RFC 9700 §4.14: the shorter a predecessor lives, the less a thief can do with it.
    refresh_grace: int = Field(
        default=10, ge=0, le=10, validation_alias=AliasChoices("refresh_grace", "refresh_grace_s")
    )
    authorization_code_lifetime: int = Field(default=60, ge=5, le=60)
    id_token_lifetime: int = Field(default=600, ge=30, le=86_400)
    require_pkce: bool = True
    require_par: bool = False
    registration: Literal["closed", "token", "open"] = "closed"
    registration_scopes: str | None = None
    id_token_signed_response_alg: SigningAlg = "RS256"  # noqa: S105
    signing_algs: tuple[SigningAlg, ...] = ("RS256", "ES256")
    # 0: no key is followed by a new one unless somebody says so.
    signing_key_lifetime: int = Field(default=7_776_000, ge=0, le=315_360_000)
    data_key_lifetime: int = Field(default=31_536_000, ge=0, le=315_360_000)
    unknown_scopes: Literal["refuse", "ignore"] = "refuse"
    grant_types_supported: tuple[GrantType, ...] = DEFAULT_GRANT_TYPES
    device_code_lifetime: int = Field(default=600, ge=60, le=1_800)
    oauth1_timestamp_window: int = Field(default=300, ge=30, le=3_600)
    # None: every method the deployment knows; a client's own list narrows it (RFC 5849 §3.4).
    oauth1_signature_methods: tuple[str, ...] | None = None
    # RFC 5849 §2.3 leaves the time to us: temporary credentials live ten minutes at most.
    oauth1_temporary_credential_lifetime: int = Field(default=600, ge=30, le=600)
    # None: token credentials last until somebody takes them back (RFC 5849 §4.10 knows no end).
    oauth1_token_lifetime: int | None = Field(default=None, ge=60, le=315_360_000)
    notify_new_app: bool = True
    logout_on_expiry: bool = False
    issuer_host: str | None = None
    accent: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")

    @field_validator("signing_key_lifetime", "data_key_lifetime")
    @classmethod
    def _a_day_at_least(cls, value: int) -> int:
        if 0 < value < 86_400:
            raise ValueError("must be 0 for never, or at least 86400")
        return value

    @field_validator("require_par")
    @classmethod
    def _no_par_yet(cls, value: bool) -> bool:
        if value:
            raise ValueError("pushed authorization requests are not supported in this release")
        return value

    @field_validator("registration")
    @classmethod
    def _no_registration_yet(cls, value: str) -> str:
        if value != "closed":
            raise ValueError("dynamic registration is not supported in this release")
        return value

    @field_validator("registration_scopes")
    @classmethod
    def _scope_grammar(cls, value: str | None) -> str | None:
        return value if value is None else str(Scope.parse(value))

    @field_validator("signing_algs")
    @classmethod
    def _always_rs256(cls, value: tuple[SigningAlg, ...]) -> tuple[SigningAlg, ...]:
        # OIDC Core §15.1: RS256 is what every client may count on.
        return tuple(dict.fromkeys(("RS256", "ES256", *value)))
