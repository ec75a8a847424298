"""What happens in a tenant and is told to its webhooks: each action of its audit trail."""

from typing import Final

from consentry.operations.errors import Refused

EVENT_TYPES: Final[dict[str, str]] = {
    "api.create": "an API was declared",
    "api.update": "an API was changed",
    "api.delete": "an API was taken back",
    "authorization.revoke": "an authorization ended",
    "authorization.revoke_all": "all authorizations of a person or an app ended",
    "backup.restore": "the tenant was brought back from a backup",
    "client.create": "an app was registered",
    "client.update": "an app was changed",
    "client.disable": "an app may do nothing until it is enabled",
    "client.enable": "an app may act again",
    "client.delete": "an app was removed",
    "consent.grant": "a person agreed to what an app asked for",
    "consent.withdraw": "a person, or somebody for them, took that back",
    "data_key.create": "a new data key was published, which seals some minutes later",
    "data_key.delete": "an old data key was dropped: nothing needs it, or it leaked",
    "domain.claim": "a host was claimed",
    "domain.unclaim": "a claim to a host was dropped",
    "domain.create": "the tenant answers on a host",
    "domain.delete": "the tenant answers on a host no more",
    "import.run": "clients and tokens of another server came in",
    "key.revoke": "a signing key was taken out, and what it signed counts no more",
    "key.rewrap": "the tenant's keys were wrapped anew",
    "key.rotate": "a new signing key was published",
    "logout.again": "an app is told of a logout once more",
    "member.set": "somebody looks after an app",
    "member.remove": "somebody looks after an app no more",
    "scope.create": "a scope was declared",
    "scope.update": "the text of a scope was changed",
    "scope.delete": "a scope was taken back",
    "secret.create": "an app was given one more secret",
    "secret.rotate": "an app was given a secret in place of its others",
    "secret.finish_rotation": "the older secrets of an app ended",
    "secret.revoke": "a secret of an app ended",
    "tenant.create": "the tenant was made",
    "tenant.update": "the policy or the name of the tenant was changed",
    "tenant.disable": "the tenant answers nobody until it is enabled",
    "tenant.enable": "the tenant answers again",
    "tenant.dismiss": "the tenant is to be removed",
    "tenant.restore": "the tenant is not to be removed after all",
    "tenant.delete": "the tenant is being removed",
    "user.create": "a person was added",
    "user.update": "a person's name, address or roles were changed",
    "user.disable": "a person may not sign in until they are enabled",
    "user.enable": "a person may sign in again",
    "user.delete": "a person was removed",
    "user.password": "a person's password was changed",
    "user.forgot_password": "somebody asked for a link to set a person's password",
    "user.invite": "a person was sent a link to set their password",
    "user.verify_email": "a person proved their e-mail address",
    "user.sign_in": "a person signed in",
    "user.sign_out": "a person signed out",
    "user.end_sessions": "sessions of a person were ended",
    "user.throttle": "tries to sign in as a person are held back",
}
"""What each means, in words. While a tenant is disabled nothing is sent, so of what happens to
it as a whole a receiver hears little."""
NOUNS: Final = tuple(dict.fromkeys(name.partition(".")[0] for name in EVENT_TYPES))
EVERY: Final = ".*"


def checked_events(names: list[str]) -> str:
    """The names of event types as they are stored; none for all. Raises Refused.

    names: each whole (`client.create`), or a noun for all of its own (`client.*`).
    """
    for number, name in enumerate(names):
        if name not in EVENT_TYPES and not (
            name.endswith(EVERY) and name.removesuffix(EVERY) in NOUNS
        ):
            raise Refused(f"events[{number}]", f"{name[:60]!a} is no type of event")
    return " ".join(sorted(set(names)))
