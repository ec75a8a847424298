"""Whom the people of another product are here: by username, else by e-mail address."""

import unicodedata
from collections.abc import Mapping
from uuid import UUID

from consentry.operations.errors import Refused
from consentry.operations.imports.found import Options, Row, Source
from consentry.operations.imports.report import Report
from consentry.operations.users import checked_email, make_user
from consentry.records.user import User
from consentry.tenancy.context import TenantContext


class People:
    """Who is who, each looked up once. Nobody is taken for two: then it is nobody."""

    def __init__(
        self, ctx: TenantContext, source: Source, table: str | None, options: Options,
        report: Report,
    ) -> None:  # fmt: skip
        self._ctx, self._source, self._table = ctx, source, table
        self._options, self._report = options, report
        self._known: dict[str, UUID | None] = {}

    async def look_up(self, references: set[object]) -> Mapping[str, UUID | None]:
        """Our ids by the text of theirs; None for a person unknown here."""
        missing = [one for one in references if str(one) not in self._known]
        rows = []
        if self._table is not None:
            rows = await self._source.matching(self._table, "id", missing)
        by_id = {str(row["id"]): row for row in rows}
        for one in missing:
            self._known[str(one)] = await self._one(by_id.get(str(one)))
        return self._known

    async def _one(self, row: Row | None) -> UUID | None:
        if row is None:
            self._report.people["unknown"] += 1
            return None
        if not row.get("is_active", row.get("active", True)):
            self._report.people["disabled"] += 1
            return None
        email = row.get("email") or None
        username = row.get(self._options.username_column) or email
        if username is None:
            self._report.people["unknown"] += 1
            return None
        username = unicodedata.normalize("NFC", username)
        return await self._here(username, email)

    async def _here(self, username: str, email: str | None) -> UUID | None:
        report = self._report
        found = {user.user_id for user in await self._candidates(username, email)}
        if len(found) > 1:
            report.notes.append(f"user {username!a}: name and address are two people's here")
        elif found:
            report.people["matched"] += 1
            return found.pop()
        elif self._options.create_users:
            made = await self._create(username, email)
            if made is not None:
                return made
        report.people["unknown"] += 1
        return None

    async def _candidates(self, username: str, email: str | None) -> list[User]:
        users, found = self._ctx.store.users, []
        named = await users.by_identifier(username)
        if named is not None and named.username.casefold() == username.casefold():
            found.append(named)
        if email is not None:
            mailed = await users.by_identifier(email)
            if mailed is not None and (mailed.email or "").casefold() == email.casefold():
                found.append(mailed)
        return found

    async def _create(self, username: str, email: str | None) -> UUID | None:
        try:
            email = None if email is None else checked_email(email)
        except Refused as error:
            self._report.notes.append(f"user {username!a}: without the address, {error}")
            email = None
        try:
            made = await make_user(self._ctx, username, email=email)
        except Refused as error:
            self._report.notes.append(f"user {username!a}: left out, {error}")
            return None
        self._report.people["created"] += 1
        return made.user_id
