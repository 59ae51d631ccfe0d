"""What the tests of the requests service share: people who send commands, and the service without a broker."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

from aiohttp import ClientSession
from pydantic import SecretStr
from sqlalchemy import text

from zavhoz_chassis.database import Database
from zavhoz_chassis.process import Process, running
from zavhoz_contracts.api.client import RequestsApi
from zavhoz_contracts.envelope import Envelope, parse_raw, wrap
from zavhoz_contracts.groups.v1.commands import BindGroup, UnbindGroup
from zavhoz_contracts.identity import attachment_id
from zavhoz_contracts.message import Actor, Attachment, AttachmentKind, Message, Origin, Role
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.people.v1.commands import RegisterPerson, SetActive, SetAreas, SetRole
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    AttachToRequest,
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    EditComment,
    EditRequest,
    HoldRequest,
    JoinRequest,
    LeaveRequest,
    MergeRequest,
    NoteRequest,
    RejectRequest,
    ReopenRequest,
    ResumeRequest,
    TakeRequest,
)
from zavhoz_requests.application.commands import Clock, CommandHandler, as_it_comes
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.timely import Timely
from zavhoz_requests.bootstrap import bootstrap
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.settings import ROLES, Settings

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TOKEN = "a-token-of-the-gateway"
LEAK = "Water drips from the tap in 214"


def photo(request_id: UUID, name: str = "one") -> Attachment:
    """A photo as Telegram describes it."""
    return Attachment(
        attachment_id=attachment_id(request_id, name), kind=AttachmentKind.PHOTO, file_id=name, file_unique_id=name
    )


@dataclass(frozen=True)
class Sender:
    """Somebody at Telegram; what they do becomes a command."""

    telegram_id: int
    name: str
    language: str | None = "ru"
    username: str | None = None
    seen_at: datetime = NOW

    @property
    def actor(self) -> Actor:
        return Actor(
            telegram_id=self.telegram_id,
            name=self.name,
            username=self.username,
            language=self.language,
            seen_at=self.seen_at,
        )

    @property
    def origin(self) -> Origin:
        return Origin(chat_id=self.telegram_id, message_id=77, callback_query_id="press", language="en")

    def register(self, *, id: UUID | None = None) -> Envelope[RegisterPerson]:
        return _command(RegisterPerson(actor=self.actor, origin=self.origin), "person", id)

    def create(
        self, request_id: UUID | None = None, description: str = LEAK, *, id: UUID | None = None, **fields: Any
    ) -> Envelope[CreateRequest]:
        new = request_id or uuid4()
        data = CreateRequest(request_id=new, actor=self.actor, origin=self.origin, description=description, **fields)
        return _command(data, f"request/{new}", id)

    def take(self, request_id: UUID, *, seen_version: int = 1, id: UUID | None = None) -> Envelope[TakeRequest]:
        data = TakeRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=seen_version)
        return _command(data, f"request/{request_id}", id)

    def complete(self, request_id: UUID, *, id: UUID | None = None, **fields: Any) -> Envelope[CompleteRequest]:
        data = CompleteRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=2, **fields)
        return _command(data, f"request/{request_id}", id)

    def assign(self, request_id: UUID, assignee_id: UUID, *, id: UUID | None = None) -> Envelope[AssignRequest]:
        common = {"request_id": request_id, "actor": self.actor, "origin": self.origin}
        data = AssignRequest(**common, seen_version=1, assignee_id=assignee_id)
        return _command(data, f"request/{request_id}", id)

    def hold(
        self, request_id: UUID, reason: str = "No parts", until: date | None = None, *, id: UUID | None = None
    ) -> Envelope[HoldRequest]:
        common = {"request_id": request_id, "actor": self.actor, "origin": self.origin}
        data = HoldRequest(**common, seen_version=2, reason=reason, until=until)
        return _command(data, f"request/{request_id}", id)

    def resume(self, request_id: UUID, *, id: UUID | None = None) -> Envelope[ResumeRequest]:
        data = ResumeRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=3)
        return _command(data, f"request/{request_id}", id)

    def merge(self, request_id: UUID, into: int, *, id: UUID | None = None) -> Envelope[MergeRequest]:
        data = MergeRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=1, into=into)
        return _command(data, f"request/{request_id}", id)

    def note(
        self, request_id: UUID, text: str = "The valve is old", *, id: UUID | None = None
    ) -> Envelope[NoteRequest]:
        data = NoteRequest(request_id=request_id, actor=self.actor, origin=self.origin, text=text)
        return _command(data, f"request/{request_id}", id)

    def set_role(self, person_id: UUID, role: Role) -> Envelope[SetRole]:
        data = SetRole(actor=self.actor, origin=self.origin, person_id=person_id, role=role)
        return _command(data, "person", None)

    def set_areas(self, person_id: UUID, *areas: str) -> Envelope[SetAreas]:
        data = SetAreas(actor=self.actor, origin=self.origin, person_id=person_id, areas=areas)
        return _command(data, "person", None)

    def set_active(self, person_id: UUID, *, active: bool) -> Envelope[SetActive]:
        data = SetActive(actor=self.actor, origin=self.origin, person_id=person_id, active=active)
        return _command(data, "person", None)

    def bind(self, chat_id: int, *, id: UUID | None = None, **fields: Any) -> Envelope[BindGroup]:
        data = BindGroup(actor=self.actor, origin=self.origin, chat_id=chat_id, **{"title": "Staff", **fields})
        return _command(data, "group", id)

    def unbind(self, chat_id: int) -> Envelope[UnbindGroup]:
        return _command(UnbindGroup(actor=self.actor, origin=self.origin, chat_id=chat_id), "group", None)

    def reject(
        self, request_id: UUID, reason: str = "Not our building", *, id: UUID | None = None
    ) -> Envelope[RejectRequest]:
        data = RejectRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=1, reason=reason)
        return _command(data, f"request/{request_id}", id)

    def confirm(self, request_id: UUID, rating: int = 5, *, id: UUID | None = None) -> Envelope[ConfirmRequest]:
        data = ConfirmRequest(
            request_id=request_id, actor=self.actor, origin=self.origin, seen_version=3, rating=rating
        )
        return _command(data, f"request/{request_id}", id)

    def reopen(
        self, request_id: UUID, reason: str = "It drips again", *files: Attachment, id: UUID | None = None
    ) -> Envelope[ReopenRequest]:
        data = ReopenRequest(
            request_id=request_id,
            actor=self.actor,
            origin=self.origin,
            seen_version=3,
            reason=reason,
            attachments=files,
        )
        return _command(data, f"request/{request_id}", id)

    def cancel(self, request_id: UUID, *, id: UUID | None = None) -> Envelope[CancelRequest]:
        data = CancelRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=1)
        return _command(data, f"request/{request_id}", id)

    def edit(self, request_id: UUID, *, id: UUID | None = None, **fields: Any) -> Envelope[EditRequest]:
        data = EditRequest(request_id=request_id, actor=self.actor, origin=self.origin, seen_version=1, **fields)
        return _command(data, f"request/{request_id}", id)

    def comment(
        self, request_id: UUID, text: str = "Any news?", *files: Attachment, id: UUID | None = None
    ) -> Envelope[CommentRequest]:
        data = CommentRequest(request_id=request_id, actor=self.actor, origin=self.origin, text=text, attachments=files)
        return _command(data, f"request/{request_id}", id)

    def join(self, request_id: UUID, *, id: UUID | None = None) -> Envelope[JoinRequest]:
        data = JoinRequest(request_id=request_id, actor=self.actor, origin=self.origin)
        return _command(data, f"request/{request_id}", id)

    def leave(self, request_id: UUID, *, id: UUID | None = None) -> Envelope[LeaveRequest]:
        data = LeaveRequest(request_id=request_id, actor=self.actor, origin=self.origin)
        return _command(data, f"request/{request_id}", id)

    def edit_comment(
        self, comment: Envelope[CommentRequest], text: str, *, seconds: float = 0, id: UUID | None = None
    ) -> Envelope[EditComment]:
        """Edit it so many seconds from now by Telegram's clock."""
        request_id, seen_at = comment.data.request_id, datetime.now(UTC) + timedelta(seconds=seconds)
        actor = self.actor.model_copy(update={"seen_at": seen_at})
        data = EditComment(request_id=request_id, actor=actor, origin=self.origin, comment_id=comment.id, text=text)
        return _command(data, f"request/{request_id}", id)

    def attach(self, request_id: UUID, *files: Attachment, id: UUID | None = None) -> Envelope[AttachToRequest]:
        data = AttachToRequest(request_id=request_id, actor=self.actor, origin=self.origin, attachments=files)
        return _command(data, f"request/{request_id}", id)


def _command(data: Any, subject: str, id: UUID | None) -> Envelope[Any]:
    return wrap(data, source="/zavhoz/gateway", subject=subject, id=id)


ANNA = Sender(2**40 + 5, "Anna")
BORIS = Sender(700_003, "Boris", language="en-GB")
MARINA = Sender(700_001, "Marina")
"""The first manager."""
OLEG = Sender(700_002, "Oleg")
"""Another one."""
FIRST_MANAGERS = frozenset({MARINA.telegram_id, OLEG.telegram_id})


class Desk:
    """The service without a broker: groups of commands go in, and what was committed can be looked at."""

    def __init__(
        self, database: Database, first_managers: frozenset[int] = FIRST_MANAGERS, clock: Clock = as_it_comes
    ) -> None:
        self.database = database
        self.organisation = Organisation(Terms(open_limit=10_000))
        self.handler = CommandHandler(first_managers, clock, self.organisation)

    async def handle(self, *commands: Envelope[Any]) -> list[Message]:
        """Commit these commands as one group; returns their outcomes."""
        await self.database.run(lambda connection: self.handler.handle(connection, commands))
        return [outcome.data for outcome in await self.outcomes(commands)]

    async def outcomes(self, commands: Sequence[Envelope[Any]]) -> list[Envelope[Any]]:
        """The outcome of each command, as it will be published."""
        ids = [command.id for command in commands]
        rows = await self.rows("SELECT message_id, outcome FROM inbox WHERE message_id = ANY(:ids)", ids=ids)
        found = {row.message_id: parse_raw(row.outcome) for row in rows}
        return [found[id] for id in ids]

    async def settle(self, timely: Timely) -> int:
        """Have happen what is due; returns to how many requests."""
        return await self.database.run(lambda connection: timely.settle(connection, self.organisation))

    def set(self, by: Sender, setting: Setting, value: str | None) -> Envelope[SetSetting]:
        """Choose something for everybody."""
        return _command(
            SetSetting(actor=by.actor, origin=by.origin, setting=setting, value=value), "organisation", None
        )

    async def rows(self, sql: str, **parameters: Any) -> Sequence[Any]:
        """What the database answers."""
        async with self.database.transaction() as connection:
            return (await connection.execute(text(sql), parameters)).all()

    async def value(self, sql: str, **parameters: Any) -> Any:
        """The first column of the only row."""
        ((value,),) = await self.rows(sql, **parameters)
        return value

    async def change(self, sql: str, **parameters: Any) -> None:
        """Change something behind the service's back."""
        async with self.database.transaction() as connection:
            await connection.execute(text(sql), parameters)

    async def person_id(self, sender: Sender) -> UUID:
        """The id that the service gave somebody."""
        found = await self.value("SELECT id FROM people WHERE telegram_id = :id", id=sender.telegram_id)
        return UUID(str(found))

    async def technician(self, sender: Sender) -> None:
        """Make somebody a technician."""
        await self.handle(sender.register())
        await self.change("UPDATE people SET role = 'technician' WHERE telegram_id = :id", id=sender.telegram_id)

    async def history(self, request_id: UUID) -> list[str]:
        """The types of a request's events in order; its versions are checked to be without a gap."""
        rows = await self.rows(
            "SELECT type, version FROM events WHERE aggregate_type = 'request' AND aggregate_id = :id ORDER BY id",
            id=request_id,
        )
        assert [row.version for row in rows] == list(range(1, len(rows) + 1))
        return [row.type.removeprefix("zavhoz.").removesuffix(".v1") for row in rows]


@dataclass(frozen=True)
class Served:
    """The API on a port, and a client of it."""

    base: str
    session: ClientSession

    @property
    def api(self) -> RequestsApi:
        return RequestsApi(self.session, self.base, TOKEN)

    async def get(self, path: str, token: str | None = f"Bearer {TOKEN}", **params: Any) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        headers = {} if token is None else {"Authorization": token}
        async with self.session.get(f"{self.base}/v1{path}", headers=headers, params=params) as response:
            return response.status, await response.json(content_type=None)

    async def status(self, path: str, params: dict[str, str], body: bytes | None = None) -> int:
        """The status of an answer, whatever is in it; to a POST, if there is a body."""
        headers, method = {"Authorization": f"Bearer {TOKEN}"}, "GET" if body is None else "POST"
        asked = self.session.request(method, f"{self.base}/v1{path}", headers=headers, params=params, data=body)
        async with asked as response:
            return response.status


def tg(sender: Sender) -> str:
    """How the API is told on whose behalf one reads."""
    return f"tg:{sender.telegram_id}"


class TestSettings(Settings):
    """Settings with a database of the test's own."""

    __test__ = False
    test_database: SecretStr

    def database_url(self, service: str) -> str:  # noqa: ARG002
        return self.test_database.get_secret_value()


def settings(database_url: str, amqp_url: str, **overrides: Any) -> TestSettings:
    """Settings as a test needs them."""
    return TestSettings(
        test_database=SecretStr(database_url),
        postgres_url=SecretStr("postgresql://unused"),
        amqp_url=SecretStr(amqp_url),
        admin_user_id=FIRST_MANAGERS,
        api_tokens={"gateway": SecretStr(TOKEN)},
        **{"open_limit": 10_000, **overrides},
    )


@contextlib.asynccontextmanager
async def service(of: Settings, *roles: str) -> AsyncIterator[Process]:
    """The service, running in this process as it does in its own."""
    async with bootstrap(of, roles=frozenset(roles or ROLES)) as process, running(process):
        yield process


SCHOOL = """code,parent,kind,name
school,,site,Школа № 7
main,school,building,Главный корпус
f1,main,floor,1 этаж
f2,main,floor,2 этаж
r9,f1,room,Кабинет 9
r10,f1,room,Кабинет 10
r214,f2,room,Кабинет 214 (химия)
fume-hood,r214,asset,Вытяжной шкаф
gym,school,building,Спортивный зал
canteen,main,room,Столовая «Берёзка»
"""
TREE = """code;parent;kind;name
loft;;site;Loft
kitchen;loft;room;Kitchen
"""


def places_command(database_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What `python -m zavhoz_requests places …` says and does to this database."""
    code = (
        "import sys; from zavhoz_chassis.settings import MigrationSettings;"
        " url = sys.argv.pop(1); MigrationSettings.database_url = lambda self, service: url;"
        " from zavhoz_requests.__main__ import places; sys.exit(places(sys.argv[1:]))"
    )
    environment = os.environ | {"POSTGRES_URL": urlunsplit(urlsplit(database_url)._replace(scheme="postgresql"))}
    return subprocess.run(
        [sys.executable, "-c", code, database_url, *arguments],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
