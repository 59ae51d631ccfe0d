"""[Photos]: the files of a request, for who may see it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import Album, Person
from zavhoz_contracts.cards.v1.commands import SendPhotos
from zavhoz_contracts.message import Origin
from zavhoz_notifier.domain.delivery import Delivery, album, answer, notice
from zavhoz_telegram.albums import albums
from zavhoz_telegram.callbacks import OpenNotice
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts, Translator


class ReadApi(Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`)."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def album(self, request_id: UUID, as_: str) -> Album:
        """The files of a request."""
        ...


class Showing:
    """Plans the albums that somebody asked for, and the answer to the press."""

    def __init__(self, api: ReadApi, texts: Texts) -> None:
        self._api = api
        self._texts = texts

    async def asked(self, cause_id: UUID, asked: SendPhotos) -> Sequence[Delivery]:
        """The files below the card; an alert when there are none, or this person may not see them."""
        as_ = f"tg:{asked.actor.telegram_id}"
        try:
            person = await self._api.person(as_)
            found = await self._api.album(asked.request_id, as_)
        except (NotFound, Forbidden) as error:
            key = "opening.deactivated" if error.reason == "deactivated" else "opening.not_allowed"
            t = self._texts.for_language(asked.origin.language)
            return [answered(cause_id, asked.origin, t, t.plain(key), alert=True)]
        t = self._texts.for_language(person.language)
        if not found.files:
            key = "talking.files_pending" if found.pending else "talking.no_files"
            return [
                answered(cause_id, asked.origin, t, f"#{found.number}: {t.plain(key)}", person.person_id, alert=True)
            ]
        shown = albums(found.files)
        few = sum(map(len, shown)) < len(found.files)
        toast = f"#{found.number}: {t.plural('talking.newest', len(found.files))}" if few else ""
        sent = [
            album(
                cause_id,
                asked.origin.chat_id,
                person.language,
                person.person_id,
                asked.request_id,
                [file.attachment_id for file in files],
                reply_to=asked.origin.message_id,
            )
            for files in shown
        ]
        return [*sent, answered(cause_id, asked.origin, t, toast, person.person_id)]


def caption(request_id: UUID, number: int, t: Translator) -> Screen:
    """What an album says: the number, by which a reply to it is known for a comment, and a way to the card."""
    rows = (((f"📋 {t.plain('notice.open')}", OpenNotice(request_id=request_id).pack()),),)
    return Screen(f"<b>#{number}</b>", rows)


def not_shown(number: int, t: Translator) -> Screen:
    """Telegram does not know one of the files any more."""
    return Screen(f"<b>#{number}</b> {t('talking.album_refused')}")


def answered(
    cause_id: UUID, origin: Origin, t: Translator, text: str, person_id: UUID | None = None, *, alert: bool = False
) -> Delivery:
    """What is said to who pressed, or by a message to who wrote."""
    if origin.callback_query_id is None:
        return notice(cause_id, origin.chat_id, t.language, html.escape(text), person_id=person_id)
    return answer(
        cause_id, origin.callback_query_id, origin.chat_id, t.language, text, alert=alert, person_id=person_id
    )
