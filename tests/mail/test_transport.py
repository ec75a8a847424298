"""Mail goes to a server over TLS, and what the server says decides what comes next."""

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest

from consentry.records.outbox import DEAD, DONE, WAITING
from consentry.spec.mail_url import MailPlace, parse_mail_url
from consentry.tenancy.mailer import MailRefused
from consentry.web.mailing import SmtpMailer
from mail.box import fill
from mail.smtp_server import USER, WORD, smtp_server
from support.world import running_world
from web.origin import Certified


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "no-reply@example.com", "jane@example.com"
    message["Subject"], message["Message-ID"] = "Hello", "<a1@example.com>"
    message.set_content("Hello Jane")
    return message


def place(port: int, host: str = "localhost", **more: str) -> MailPlace:
    return MailPlace("smtp", host, port, **more)


async def test_a_mail_travels_encrypted_and_by_a_name_and_password(tmp_path: Path) -> None:
    """RFC 3207, RFC 4954"""
    certified = Certified.make(tmp_path, "localhost")
    async with smtp_server(certified.server) as server:
        mailer = SmtpMailer(
            place(server.port, username=USER, password=WORD), trusted=certified.client
        )
        await mailer.send(letter())
        assert await mailer.check() == f"localhost port {server.port} takes mail"
    assert server.was_encrypted
    assert server.signed_in == f"\0{USER}\0{WORD}"
    (mail,) = server.mails
    assert "Hello Jane" in mail


async def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    certified = Certified.make(tmp_path, "localhost")
    async with smtp_server(certified.server) as server:
        with pytest.raises(MailRefused) as refusal:
            await SmtpMailer(place(server.port)).send(letter())
    assert not refusal.value.for_good
    assert server.mails == []


async def test_smtps_is_encrypted_from_the_start_by_whom_we_mean(tmp_path: Path) -> None:
    """RFC 8314 §3.3"""
    certified = Certified.make(tmp_path, "localhost")
    async with smtp_server(None, from_the_start=certified.server) as server:
        secure = MailPlace("smtps", "localhost", server.port, USER, WORD)
        await SmtpMailer(secure, trusted=certified.client).send(letter())
        assert (len(server.mails), server.signed_in) == (1, f"\0{USER}\0{WORD}")
        for mailer in (
            SmtpMailer(replace(secure, host="127.0.0.1"), trusted=certified.client),
            SmtpMailer(secure),
        ):
            with pytest.raises(MailRefused) as refusal:
                await mailer.send(letter())
            assert not refusal.value.for_good
        assert len(server.mails) == 1


async def test_only_a_server_on_this_machine_may_do_without_tls() -> None:
    async with smtp_server(None) as server:
        await SmtpMailer(place(server.port)).send(letter())
        assert len(server.mails) == 1
        elsewhere = SmtpMailer(place(server.port, "127.0.0.1.nip.invalid"))
        assert elsewhere._open()._start_tls_on_connect is True


@pytest.mark.parametrize(
    ("verb", "reply", "for_good"),
    [
        ("AUTH", "535 wrong password", False),
        ("MAIL", "550 who are you", False),
        ("RCPT", "550 no such user", True),
        ("RCPT", "451 try later", False),
        ("DATA", "452 no room", False),
        ("DATA", "554 spam", True),
    ],
)
async def test_a_reply_says_whether_to_try_again(verb: str, reply: str, for_good: bool) -> None:
    """RFC 5321 §4.2.1: of this mail; who we are may be mended while it waits."""
    async with smtp_server(None, refuse={verb: reply}) as server:
        with pytest.raises(MailRefused) as refusal:
            await SmtpMailer(place(server.port, username=USER, password=WORD)).send(letter())
    assert str(refusal.value) == f"the mail server said {reply[:3]}"
    assert (refusal.value.for_good, "jane" in str(refusal.value)) == (for_good, False)


@pytest.mark.parametrize(
    ("refuse", "state"), [({}, DONE), ({"RCPT": "451 x"}, WAITING), ({"RCPT": "550 x"}, DEAD)]
)
async def test_the_outbox_does_as_the_server_says(
    sqlite_database: str, refuse: dict[str, str], state: str
) -> None:
    async with smtp_server(None, refuse=refuse) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        async with running_world(sqlite_database, mail_url=url) as world:
            await fill(world.new_browser(), "/login/forgot", username="jane")
            await world.work()
            (found,) = await world.store().outbox.page("mail", limit=9)
    assert found.state == state


async def test_nobody_there_is_a_reason_to_try_again() -> None:
    async with smtp_server(None) as server:
        port = server.port
    with pytest.raises(MailRefused) as refusal:
        await SmtpMailer(place(port)).send(letter())
    assert not refusal.value.for_good


def test_a_place_is_read_from_its_url() -> None:
    found = parse_mail_url(f"smtps://{USER}:{quote(WORD, safe='')}@mail.example.com")
    assert found == MailPlace("smtps", "mail.example.com", 465, USER, WORD)
    assert parse_mail_url("smtp://mail.example.com") == MailPlace("smtp", "mail.example.com", 587)
    assert parse_mail_url("file:var/mail").path == "var/mail"
    assert parse_mail_url("file:///var/mail").path == "/var/mail"
    assert parse_mail_url("console:").kind == "console"


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example.com", "http://mail.example.com", "smtp://", "smtp://host:none",
        "smtp://user@host", "smtp://host/path", "smtp://host?x=1", "file:", "smtp://[::1",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    """THREATS 54"""
    with pytest.raises(ValueError, match=r"must be|name both") as refused:
        parse_mail_url(url)
    assert "user@" not in str(refused.value)
