"""Everything that is held about somebody, as a file for programs and as a page to read."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import IO, Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.own import DataPage, DataPart, OwnThing
from zavhoz_contracts.api.v1 import Person
from zavhoz_notifier.domain.quiet import QuietHours
from zavhoz_notifier.store import Connection, personal
from zavhoz_telegram.export import Export
from zavhoz_telegram.texts import Texts


class OwnData(Protocol):
    """The read API, as far as it tells a person about themselves."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def own(self, as_: str, part: DataPart, after: str = "") -> DataPage:
        """A page of what is held about them."""
        ...


class Exporting:
    """Puts somebody's data together: page by page, on disk, so that memory does not grow with how much it is."""

    def __init__(self, database: Database, api: OwnData, texts: Texts, zone: ZoneInfo) -> None:
        self._database = database
        self._api = api
        self._texts = texts
        self._zone = zone

    @contextlib.asynccontextmanager
    async def file(self, person_id: UUID, form: str, language: str) -> AsyncIterator[tuple[str, IO[bytes]]]:
        """The data in a form, `json` or `html`: the file's name, and the file, at its beginning.

        Raises:
            NotFound, Forbidden: there is no such person any more, or they were deactivated.
            ApiUnavailable: the read API is away.
        """
        as_ = str(person_id)
        person = await self._api.person(as_)
        about = await self._about(person)
        with tempfile.TemporaryFile() as file:
            if form == "json":
                await self._json(as_, about, file)
            else:
                await self._html(as_, about, file, language)
            file.seek(0)
            yield f"zavhoz.{form}", file

    async def _about(self, person: Person) -> dict[str, Any]:
        async def read(connection: Connection) -> tuple[QuietHours | None, list[UUID], int]:
            quiet = (await personal.quiet_hours(connection, [person.person_id])).get(person.person_id)
            muted = await personal.mutes(connection, person.person_id)
            return quiet, muted, await personal.held_for(connection, person.person_id)

        quiet, muted, held = await self._database.run(read)
        return {
            **person.model_dump(mode="json"),
            "quiet_hours": {"from": quiet.start, "to": quiet.end} if quiet else None,
            "muted_requests": [str(request_id) for request_id in muted],
            "held_notices": held,
        }

    async def _json(self, as_: str, about: dict[str, Any], file: IO[bytes]) -> None:
        now = datetime.now(UTC).isoformat()
        file.write(f'{{"made_at": {json.dumps(now)},\n"person": {json.dumps(about, ensure_ascii=False)}'.encode())
        for part in DataPart:
            file.write(f',\n"{part.value}": ['.encode())
            before = ""
            async for thing in self._things(as_, part):
                file.write(f"{before}\n{thing.model_dump_json()}".encode())
                before = ","
            file.write(b"]")
        file.write(b"}\n")

    async def _html(self, as_: str, about: dict[str, Any], file: IO[bytes], language: str) -> None:
        export = Export(self._texts.for_language(language), self._zone)
        file.write(export.head(about, datetime.now(UTC)).encode())
        for part in DataPart:
            file.write(export.heading(part).encode())
            empty = True
            async for thing in self._things(as_, part):
                file.write(export.entry(thing).encode())
                empty = False
            if empty:
                file.write(export.nothing().encode())
        file.write(export.end().encode())

    async def _things(self, as_: str, part: DataPart) -> AsyncIterator[OwnThing]:
        after: str | None = ""
        while after is not None:
            page = await self._api.own(as_, part, after)
            for thing in page.things:
                yield thing
            after = page.next
