"""`consentry mail`: whether mail can be sent at all."""

import pathlib

from cli.shell import Shell
from mail.box import Box


def test_one_mail_is_sent_at_once(sqlite_shell: Shell, tmp_path: pathlib.Path) -> None:
    box = Box(tmp_path / "mail")
    sqlite_shell.set(CONSENTRY_MAIL_URL=f"file:{box.folder}", CONSENTRY_MAIL_FROM="id@example.com")
    answer = sqlite_shell.ok("mail", "test", "--to", "jane@münchen.example")
    assert answer.out == "mail to jane@münchen.example: written\n"
    mail = box.only()
    assert (mail["From"], mail["To"]) == ("id@example.com", "jane@xn--mnchen-3ya.example")
    for nobody in ("jane", "jané@example.com", "jane@example.com\r\nBcc: eve@example.com"):
        assert sqlite_shell("mail", "test", "--to", nobody).status == 1
    assert len(box.all()) == 1


def test_why_it_cannot_be_sent_is_said(sqlite_shell: Shell, tmp_path: pathlib.Path) -> None:
    words = ("mail", "test", "--to", "jane@example.com")
    assert sqlite_shell.refused(*words) == "CONSENTRY_MAIL_URL: is not set"
    sqlite_shell.set(CONSENTRY_MAIL_URL="smtp://127.0.0.1:1")
    assert sqlite_shell.refused(*words) == "mail: no mail server: SMTPConnectError"
