"""Every mistake in a manifest is told by file, line and key path."""

import pytest

from cli.shell import Shell, photos

CLIENT = "clients:\n- client_id: app\n"
USER = "users:\n- username: jane\n"
MISTAKES = {
    # What is given: where it is wrong and why. `photos` puts the first line at line 3.
    "nonsense: 1": (3, "nonsense", "unknown key"),
    "slug: again": (3, "slug", "is there twice"),
    "name: 3": (3, "name", "must be text"),
    "name: ''": (3, "name", "must be 1 to 200 characters that can be shown"),
    "disabled: 'no'": (3, "disabled", "must be true or false"),
    "domains: [Photos.Example]": (3, "domains[0]", "'Photos.Example' is no lower-case host name"),
    "domains: [a.example, -a.example]": (3, "domains[1]", "'-a.example' is no"),
    "domains: [10.0.0.1]": (3, "domains[0]", "'10.0.0.1' is no lower-case host name"),
    "domains: ['a.example:0']": (3, "domains[0]", "a.example:0 has a port outside 1 to 65535"),
    "domains: [id.localhost]": (3, "domains[0]", "id.localhost is the operator's"),
    "domains: ['localhost:9000']": (3, "domains[0]", "localhost:9000 is the operator's"),
    "settings: []": (3, "settings", "must be an object"),
    "settings:\n  colour: red": (4, "settings.colour", "unknown key"),
    "settings:\n  access_token_lifetime: 1": (4, "settings.access_token_lifetime", "input should"),
    "settings:\n  require_par: true": (4, "settings.require_par", "pushed authorization requests"),
    "settings:\n  registration: open": (4, "settings.registration", "dynamic registration"),
    "settings:\n  signing_algs: [RS256, none]": (4, "settings.signing_algs[1]", "input should"),
    "settings:\n  issuer_host: other.example": (
        4,
        "settings.issuer_host",
        "other.example is none of the tenant's hosts",
    ),
    "apis:\n- name: Photo API": (4, "apis[0].identifier", "is required"),
    "apis:\n- identifier: photos": (4, "apis[0].identifier", "must be an absolute URI"),
    "apis:\n- identifier: 'http://photos.localhost:8000'": (
        4,
        "apis[0].identifier",
        "the issuer is an API of itself",
    ),
    "apis:\n- identifier: https://a.example\n  scopes: [a, 'b c']": (
        5,
        "apis[0].scopes[1]",
        "must be printable ASCII",
    ),
    "apis:\n- identifier: https://a.example\n  scopes: [a\\b]": (
        5,
        "apis[0].scopes[0]",
        "'a\\\\b' is not a scope-token",
    ),
    "apis:\n- identifier: https://a.example\n  access_token_format: xml": (
        5,
        "apis[0].access_token_format",
        "input should be 'opaque' or 'jwt'",
    ),
    "apis:\n- identifier: https://a.example\n  access_token_lifetime: 5": (
        5,
        "apis[0].access_token_lifetime",
        "must be 30 to 86400 seconds",
    ),
    "scopes:\n- name: a b": (4, "scopes[0].name", "'a b' is not a scope-token"),
    "scopes:\n- name: consentry:all": (4, "scopes[0].name", "consentry:* are this server's own"),
    "scopes:\n- name: a\n- name: a": (5, "scopes[1].name", "a is there twice"),
    USER + "- username: JANE": (5, "users[1].username", "jane is there twice"),
    USER + "  email: nobody": (5, "users[0].email", "An email address must have an @-sign."),
    USER + "  password: short": (5, "users[0].password", "must have 8 to 1024 characters"),
    USER + '  password: "with\\ttab characters"': (
        5,
        "users[0].password",
        "has a control character",
    ),
    USER + "  password_hash: md5": (5, "users[0].password_hash", "not of the form $argon2id$"),
    USER + "  password: long enough\n  password_hash: x": (
        6,
        "users[0].password_hash",
        "not together with password",
    ),
    USER + "  roles: [developer, king]": (5, "users[0].roles[1]", "must be admin or developer"),
    USER + "  claims:\n    shoe_size: 43": (6, "users[0].claims.shoe_size", "not a standard"),
    USER + "  claims:\n    birthdate: 1990-13-01": (6, "users[0].claims.birthdate", "must be a"),
    "users:\n- username: ' jane'": (4, "users[0].username", "must be printable, with no space"),
    "users:\n- username: jane\n  email: j@a.example\n- username: joe\n  email: J@a.example": (
        7,
        "users[1].email",
        "J@a.example belongs to another user",
    ),
    "users:\n- username: jane\n  email: j@a.example\n- username: j@a.example": (
        6,
        "users[1].username",
        "j@a.example belongs to another user",
    ),
    "clients:\n- client_id: a b": (4, "clients[0].client_id", "must be 1 to 255 printable ASCII"),
    CLIENT + "- client_id: app": (5, "clients[1].client_id", "app is there twice"),
    CLIENT + "  shape: round": (5, "clients[0].shape", "unknown key"),
    CLIENT + "  redirect_uris: https://a.example": (
        5,
        "clients[0].redirect_uris",
        "must be a list",
    ),
    CLIENT + "  redirect_uris: ['https://a.example/#top']": (
        5,
        "clients[0].redirect_uris",
        "'https://a.example/#top' must not have a fragment",
    ),
    CLIENT + "  grant_types: [client_credentials]\n  scope: photos.erase": (
        6,
        "clients[0].scope",
        "photos.erase is not declared by the tenant",
    ),
    CLIENT + "  grant_types: []\n  client_secret: too short": (
        6,
        "clients[0].client_secret",
        "must have 16 to 512 characters",
    ),
    CLIENT + "  grant_types: []\n  client_secret: sixteen letters ä": (
        6,
        "clients[0].client_secret",
        "must be printable ASCII",
    ),
    CLIENT + "  grant_types: []\n  token_endpoint_auth_method: none\n  client_secret: "
    "a secret of a public client": (7, "clients[0].client_secret", "a client that authenticates"),
    CLIENT + "  grant_types: []\n  skip_consent: 'yes'": (
        6,
        "clients[0].skip_consent",
        "must be true or false",
    ),
}


@pytest.mark.parametrize("given", MISTAKES)
def test_a_mistake_is_told_by_line_and_key_path(sqlite_shell: Shell, given: str) -> None:
    line, path, reason = MISTAKES[given]
    (sqlite_shell.home / "site.yaml").write_text(photos(given))
    said = sqlite_shell.refused("apply", "-f", "site.yaml")
    assert said.startswith(f"site.yaml:{line}: tenants[0].{path}: {reason}")
    assert sqlite_shell.ok("tenant", "list", "--json").json == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "<stdin>:1: must be an object with the key tenants"),
        ("- slug: photos\n", "<stdin>:1: must be an object with the key tenants"),
        ("tenants: 3\n", "<stdin>:1: tenants: must be a list"),
        ("tenants:\n- photos\n", "<stdin>:2: tenants[0]: "),
        ("tenants:\n- name: Photos\n", "<stdin>:2: tenants[0].slug: is required"),
        ("tenants: []\nversion: 1\n", "<stdin>:2: version: unknown key"),
        ("tenants:\n- slug: Photos\n", "<stdin>:2: tenants[0].slug: must be 1 to 63 of"),
        ("tenants:\n- slug: xn--a\n", "<stdin>:2: tenants[0].slug: must be 1 to 63 of"),
        ("tenants:\n- slug: admin\n", "<stdin>:2: tenants[0].slug: admin is reserved"),
        ("tenants:\n- slug: a\n- slug: a\n", "<stdin>:3: tenants[1].slug: a is there twice"),
        ("tenants: &a\n- slug: *a\n", "<stdin>:"),
        ("tenants: !!python/name:os.system x\n", "<stdin>:1: tenants: has a tag"),
        ("tenants: !!set {a}\n", "<stdin>:1: tenants: has a tag"),
        ("tenants:\n- slug: a\n  slug: b\n", "<stdin>:3: tenants[0].slug: is there twice"),
        ("tenants:\n- {slug: a\n", "<stdin>:3: "),
        ("tenants: [\x01]\n", "<stdin>:1: "),
        ("tenants: []\n---\ntenants: []\n", "<stdin>:2: "),
        ("a: " + "[" * 40 + "]" * 40, "<stdin>:1: "),
        ("[" * 100_000, "<stdin>:1: "),
    ],
)
def test_a_file_that_is_no_manifest_is_told_by_line(
    sqlite_shell: Shell, text: str, said: str
) -> None:
    assert sqlite_shell.refused("apply", "-f", "-", stdin=text).startswith(said)


def test_a_domain_of_another_tenant_is_refused(sqlite_shell: Shell) -> None:
    sqlite_shell.apply("tenants: [{slug: other, domains: [id.photos.example]}]")
    said = sqlite_shell.refused("apply", "-f", "-", stdin=photos("domains: [id.photos.example]"))
    assert said == ("<stdin>:3: tenants[0].domains[0]: id.photos.example belongs to another tenant")


def test_a_file_that_is_not_there_is_told(sqlite_shell: Shell) -> None:
    assert sqlite_shell.refused("apply", "-f", "no.yaml") == "no.yaml: No such file or directory"


def test_a_file_that_is_not_utf_8_is_told_by_line(sqlite_shell: Shell) -> None:
    (sqlite_shell.home / "site.yaml").write_bytes(b"tenants:\n- slug: \xff\n")
    assert sqlite_shell.refused("apply", "-f", "site.yaml") == "site.yaml:2: is not UTF-8"
