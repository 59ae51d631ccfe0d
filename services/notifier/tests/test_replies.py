"""What managers change about canned replies: the answer, and the list as it is from then on."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from notifier_support import REQUESTS, Someone, Town

from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Origin, Role, Shows
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_sandbox.client import SeenMessage
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress
from zavhoz_telegram.replies import LAST_PAGE

TEXTS = ("Мастер <придёт> сегодня", "Деталь заказана")


def outcome(
    by: Someone,
    *,
    why: RefusalReason | None = None,
    language: str = "ru",
    page: int = 1,
    origin: dict[str, Any],
    **given: Any,
) -> Envelope[Any]:
    """How a change of a reply in `language` ended, made from that page."""
    view = ReplyPress(action=ReplyAction.LIST, language=language, page=page).pack()
    kind: Any = CommandDone if why is None else CommandRefused
    data = kind(
        command_id=uuid4(),
        command_type=ChangeReply.TYPE,
        person_id=by.known.person_id,
        origin=Origin(chat_id=by.chat_id, **{"shows": Shows.REPLIES, "view": view, **origin}),
        language=by.known.language,
        **({} if why is None else {"reason": why}),
        **given,
    )
    return wrap(data, source=REQUESTS, subject=f"person/{by.known.person_id}")


@pytest.fixture
async def marina(town: Town) -> Someone:
    """A manager; and what there is to say in two languages."""
    ru = [Reply(reply_id=UUID(int=n), language="ru", text=text) for n, text in enumerate(TEXTS, 1)]
    town.desk.replies = [*ru, Reply(reply_id=UUID(int=9), language="en", text="The parts are on order")]
    return await town.someone(11, "Марина", Role.MANAGER)


async def shown(person: Someone, message: SeenMessage) -> SeenMessage:
    return next(one for one in await person.chat() if one.id == message.id)


async def answered(town: Town, query: str) -> tuple[str, bool]:
    answer = await town.sandbox.answer(query, 10)
    assert answer is not None
    return answer.text, answer.alert


@pytest.mark.parametrize(("changed", "sentence"), [(True, "Заготовка сохранена."), (False, "Так уже и есть.")])
async def test_a_text_that_was_typed_is_in_the_list_and_answered(
    town: Town, marina: Someone, changed: bool, sentence: str
) -> None:
    async with town.notifier():
        page = await marina.draft()
        done = outcome(marina, changed=changed, page=LAST_PAGE, origin={"message_id": page.id})
        await town.settle(done)
        await town.settle(done)
        listed = await shown(marina, page)
        assert "2 заготовки" in listed.text
        assert listed.labels[2:] == ("1. Мастер <придёт> сегодня", "2. Деталь заказана", "➕ Добавить")
        assert [one.text for one in await marina.chat() if one.id > page.id] == [sentence]


async def test_what_was_taken_away_is_answered_with_the_list_of_its_language(town: Town, marina: Someone) -> None:
    async with town.notifier():
        page = await marina.draft()
        query = await marina.press(page, data="x")
        origin = {"message_id": page.id, "callback_query_id": query}
        await town.settle(outcome(marina, language="en", origin=origin))
        listed = await shown(marina, page)
        assert listed.labels == ("● English", "Русский", "1. The parts are on order", "➕ Добавить")
        assert await answered(town, query) == ("Заготовка убрана.", False)


@pytest.mark.parametrize(
    ("why", "given", "sentence"),
    [
        (RefusalReason.REPLY_LENGTH, {"limit": 500, "length": 501}, "В заготовке должно быть от 3 до 500 знаков: 501."),
        (RefusalReason.TOO_MANY_REPLIES, {"limit": 30, "length": 31}, "Заготовок не больше 30."),
    ],
)
async def test_a_refusal_says_why_and_shows_what_there_is(
    town: Town, marina: Someone, why: RefusalReason, given: Any, sentence: str
) -> None:
    async with town.notifier():
        page = await marina.draft()
        await town.settle(outcome(marina, why=why, origin={"message_id": page.id}, **given))
        assert "2 заготовки" in (await shown(marina, page)).text
        assert [one.text for one in await marina.chat() if one.id > page.id] == [sentence]


async def test_who_may_no_more_is_told_so_and_sees_no_list(town: Town, marina: Someone) -> None:
    boris = marina.changed(role=Role.TECHNICIAN, language="en")
    async with town.notifier():
        page = await boris.draft()
        query = await boris.press(page, data="x")
        origin = {"message_id": page.id, "callback_query_id": query}
        await town.settle(outcome(boris, why=RefusalReason.NOT_ALLOWED, origin=origin))
        left = await shown(boris, page)
        assert left.text == "Canned replies are changed by managers who are limited to no part of the places."
        assert left.labels == ()
        assert (await answered(town, query))[1]


@pytest.mark.parametrize("origin", [{"view": None}, {"view": "of another version"}, {"message_id": None}])
async def test_where_no_list_was_shown_none_is_drawn(town: Town, marina: Someone, origin: dict[str, Any]) -> None:
    async with town.notifier():
        page = await marina.draft()
        await town.settle(outcome(marina, origin={"message_id": page.id, **origin}))
        assert (await shown(marina, page)).text == page.text
        assert (await marina.chat())[-1].text == "Заготовка сохранена."
