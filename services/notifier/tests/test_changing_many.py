"""What a manager did to many requests at once: the report, in the message in which it was confirmed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from notifier_support import REQUESTS, Someone, Town

from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Origin, Priority, Role
from zavhoz_contracts.requests.v1.bulk import BulkAction, ChangeRequests
from zavhoz_contracts.requests.v1.outcomes import BulkRefusal, BulkReport, CommandDone, CommandRefused, RefusalReason
from zavhoz_sandbox.client import SeenMessage


def outcome(by: Someone, message: SeenMessage, query: str, **given: Any) -> Envelope[Any]:
    """How it ended, pressed in that message."""
    kind: Any = CommandRefused if "reason" in given else CommandDone
    data = kind(
        command_id=uuid4(),
        command_type=ChangeRequests.TYPE,
        person_id=by.known.person_id,
        origin=Origin(chat_id=by.chat_id, message_id=message.id, callback_query_id=query),
        language=by.known.language,
        **given,
    )
    return wrap(data, source=REQUESTS, subject=f"person/{by.known.person_id}")


async def answered(town: Town, query: str) -> tuple[str, bool]:
    answer = await town.sandbox.answer(query, 10)
    assert answer is not None
    return answer.text, answer.alert


async def shown(person: Someone, message: SeenMessage) -> SeenMessage:
    return next(one for one in await person.chat() if one.id == message.id)


async def test_the_report_says_what_was_changed_and_why_not_the_rest(town: Town) -> None:
    marina = await town.someone(11, "Марина", Role.MANAGER)
    why = (
        (14, RefusalReason.ALREADY_COMPLETED, "Олег <b>"),
        (15, RefusalReason.ALREADY_COMPLETED, "Олег <b>"),
        (16, RefusalReason.NOT_TAKEN, None),
    )
    refusals = tuple(BulkRefusal(number=number, reason=reason, who=who) for number, reason, who in why)
    report = BulkReport(action=BulkAction.COMPLETE, changed=2, unchanged=1, refused=5, refusals=refusals)
    async with town.notifier():
        sure = await marina.draft()
        query = await marina.press(sure, data="x")
        done = outcome(marina, sure, query, report=report)
        await town.settle(done)
        await town.settle(done)
        told = await shown(marina, sure)
        assert told.text == (
            "✅ Выполнены 2 заявки\n\nУ 1 заявки так уже и было.\n\n⚠️ Не изменилось 5 заявок:\n"
            "• Эту заявку уже выполнил(а) Олег <b>: #14, #15\n• Сначала заявку нужно взять в работу: #16\n…и ещё 2."
        )
        assert told.labels == ("🛠 Очередь",)
        assert await answered(town, query) == ("Выполнены 2 заявки", False)
        assert (await marina.chat())[-1].id == sure.id, "the message alone says so"


async def test_to_whom_they_were_given_and_how_urgent_they_are_is_told_in_their_language(town: Town) -> None:
    mary = (await town.someone(11, "Mary", Role.MANAGER)).changed(language="en")
    async with town.notifier():
        for report, text in (
            (
                BulkReport(action=BulkAction.ASSIGN, assignee="Boris <b>", changed=1, unchanged=0, refused=0),
                "👷 1 request assigned\n👤 Boris <b>",
            ),
            (
                BulkReport(action=BulkAction.PRIORITISE, priority=Priority.HIGH, changed=0, unchanged=3, refused=0),
                "⚡ Priority changed for 0 requests\n🔴 High priority\n\n3 requests were so already.",
            ),
        ):
            sure = await mary.draft()
            query = await mary.press(sure, data="x")
            await town.settle(outcome(mary, sure, query, changed=report.changed > 0, report=report))
            assert (await shown(mary, sure)).text == text


async def test_when_all_of_it_is_refused_the_sentence_says_why(town: Town) -> None:
    boris = await town.someone(12, "Борис", Role.TECHNICIAN)
    async with town.notifier():
        sure = await boris.draft()
        query = await boris.press(sure, data="x")
        await town.settle(outcome(boris, sure, query, reason=RefusalReason.NOT_ALLOWED))
        left = await shown(boris, sure)
        assert (left.text, left.labels) == ("Вам это действие недоступно.", ("🛠 Очередь",))
        assert await answered(town, query) == ("Вам это действие недоступно.", True)


async def test_an_outcome_without_a_report_is_answered_and_draws_nothing(town: Town) -> None:
    marina = await town.someone(11, "Марина", Role.MANAGER)
    async with town.notifier():
        sure = await marina.draft()
        query = await marina.press(sure, data="x")
        await town.settle(outcome(marina, sure, query))
        assert (await shown(marina, sure)).text == sure.text
        assert await answered(town, query) == ("Готово", False)
