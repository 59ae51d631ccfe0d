"""What an event about a request, or a file of one, causes: who is told what, and whose cards are drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import AttachmentStatus, AudienceMember, Card, Comment, Relation
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefused
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.events import RequestCommented, RequestEvent, RequestNoted
from zavhoz_notifier.application.reads import ReadApi, Reads
from zavhoz_notifier.application.words import attachment_refused, notice_text
from zavhoz_notifier.domain import groups
from zavhoz_notifier.domain.audience import Notice, deliveries_of, redrawn, told_of
from zavhoz_notifier.domain.delivery import Delivery, Told, notice
from zavhoz_telegram.texts import Texts


class NotYetNoted(Transient):
    """What the files service said has not reached the requests service yet."""


class Telling:
    """Asks who may hear of it and what they see, through `reads` for many at a time."""

    def __init__(self, api: ReadApi, reads: Reads, texts: Texts, time_zone: ZoneInfo) -> None:
        self._api = api
        self._reads = reads
        self._texts = texts
        self._time_zone = time_zone

    async def event(self, cause_id: UUID, event: RequestEvent, with_card: AbstractSet[int]) -> Sequence[Delivery]:
        """Cards, and what people are told; staff in the chats `with_card` as `told_of` says."""
        try:
            audience = await self._reads.audience(event.request_id)
        except NotFound:
            return ()
        now = datetime.now(UTC)
        notices, high = await self._notices(event, told_of(event, audience, now, with_card))
        to_people = deliveries_of(cause_id, event, audience, now, notices, high=high)
        return [*to_people, *groups.of_event(cause_id, event, audience, now)]

    async def _notices(self, event: RequestEvent, members: Sequence[AudienceMember]) -> tuple[dict[UUID, Notice], bool]:
        """What each of them is told, and whether it is about a request of high priority.

        What one sees of a request, and may do, depends on one's role and relation to it: each is asked for once.
        """
        seen: dict[tuple[Role, Relation, bool], tuple[Card, Comment | None]] = {}
        notices: dict[UUID, Notice] = {}
        for member in members:
            alike = member.role, member.relation, member.reads_notes
            try:
                if alike not in seen:
                    seen[alike] = await self._seen(event, member.person_id)
            except (NotFound, Forbidden):
                continue  # no longer one of the audience
            shown, comment = seen[alike]
            t, reader_id = self._texts.for_language(member.language), member.person_id
            notices[reader_id] = notice_text(event, shown, t, self._time_zone, comment, reader_id=reader_id)
        return notices, any(shown.priority is Priority.HIGH for shown, _ in seen.values())

    async def _seen(self, event: RequestEvent, person_id: UUID) -> tuple[Card, Comment | None]:
        shown = await self._reads.card(event.request_id, person_id)
        if not isinstance(event, RequestCommented | RequestNoted):
            return shown, None
        noted = isinstance(event, RequestNoted)
        on_card = next(
            (one for one in (shown.notes if noted else shown.comments) if one.text_id == event.text_id), None
        )
        read = self._api.note if noted else self._api.comment
        return shown, on_card or await read(event.request_id, event.text_id, str(person_id))

    async def attachment(self, cause_id: UUID, added: AttachmentAdded) -> Sequence[Delivery]:
        """Cards show a file that came alone."""
        try:
            audience = await self._reads.audience(added.request_id)
        except NotFound:
            return ()
        return [*redrawn(cause_id, audience), *groups.redrawn(cause_id, audience)]

    async def refused_file(self, cause_id: UUID, file: AttachmentRefused) -> Sequence[Delivery]:
        """The uploader is told what is wrong and what to do; whoever has the card sees that a file is missing.

        Raises:
            NotYetNoted: the requests service has not heard of it yet, so cards drawn now would not show it.
        """
        try:
            uploader = await self._api.person(str(file.uploader_id))
            shown = await self._reads.card(file.request_id, file.uploader_id)
            audience = await self._reads.audience(file.request_id)
        except (NotFound, Forbidden):
            return ()
        attachment = next((one for one in shown.attachments if one.attachment_id == file.attachment_id), None)
        if attachment is not None and attachment.status is AttachmentStatus.PENDING:
            raise NotYetNoted(f"attachment {file.attachment_id} is still pending")
        planned = [*redrawn(cause_id, audience), *groups.redrawn(cause_id, audience)]
        if uploader.reachable:
            name = attachment.file_name if attachment is not None else None
            text, rows = attachment_refused(file.reason, shown, name, self._texts.for_language(uploader.language))
            planned.append(
                notice(
                    cause_id,
                    uploader.telegram_id,
                    uploader.language,
                    text,
                    person_id=uploader.person_id,
                    request_id=file.request_id,
                    rows=rows,
                    told=Told("attachment_refused", high=shown.priority is Priority.HIGH),
                )
            )
        return planned
