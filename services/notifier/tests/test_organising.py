"""What managers change about categories and settings, answered against a real database, broker and stand-in."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from notifier_support import REQUESTS, Someone, Town, refused

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.managed import ChosenSetting, ManagedCategory, ManagedOrganisation
from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Origin, Role, Shows
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_notifier.application.words import refusal
from zavhoz_telegram.texts import Texts

WATER = UUID(int=7)
TEXTS = Texts.load()


def done(by: Someone, type: str, *, changed: bool = True, **origin: Any) -> Envelope[Any]:
    data = CommandDone(
        command_id=uuid4(),
        command_type=type,
        person_id=by.known.person_id,
        about_id=WATER if type == ChangeCategory.TYPE else None,
        origin=Origin(chat_id=by.chat_id, **origin),
        language=by.known.language,
        changed=changed,
    )
    return wrap(data, source=REQUESTS, subject=f"person/{by.known.person_id}")


@pytest.fixture
async def marina(town: Town) -> Someone:
    """A manager, with something to manage."""
    town.desk.categories = {
        WATER: ManagedCategory(category=Category(category_id=WATER, names={"ru": "Вода <и> трубы"}))
    }
    settings = (ChosenSetting(setting=one, value="60", default="60") for one in Setting)
    town.desk.organisation = ManagedOrganisation(settings=tuple(settings))
    return await town.someone(11, "Марина", Role.MANAGER)


async def answered(town: Town, query: str) -> tuple[str, bool]:
    answer = await town.sandbox.answer(query, 10)
    assert answer is not None
    return answer.text, answer.alert


@pytest.mark.parametrize(
    ("type", "shows", "begins"),
    [
        (ChangeCategory.TYPE, Shows.CATEGORY, "🏷 Вода <и> трубы"),
        (SetSetting.TYPE, Shows.ORGANISATION, "🏢 Организация"),
    ],
)
async def test_a_press_and_what_is_typed_draw_the_page(
    town: Town, marina: Someone, type: str, shows: Shows, begins: str
) -> None:
    async with town.notifier():
        page = await marina.draft()
        query = await marina.press(page)
        await town.settle(done(marina, type, message_id=page.id, callback_query_id=query, shows=shows))
        assert [one.text.startswith(begins) for one in await marina.chat()] == [True]
        assert await answered(town, query) == ("Сохранено.", False)
        query = await marina.press(page)
        await town.settle(done(marina, type, changed=False, message_id=page.id, callback_query_id=query, shows=shows))
        assert await answered(town, query) == ("Так и было: ничего не изменилось.", False)

        typed = await marina.draft("Пришлите часы")
        await town.settle(done(marina, type, message_id=typed.id, shows=shows))
        shown, said = (await marina.chat())[-2:]
        assert (shown.id, shown.text.startswith(begins), said.text) == (typed.id, True, "Сохранено.")
        assert said.labels == ()


async def test_what_will_not_do_is_said_where_it_was_said(town: Town, marina: Someone) -> None:
    boris = await town.someone(12, "Борис", Role.TECHNICIAN)
    async with town.notifier():
        asked = await marina.draft("Пришлите часы")
        wrong = {"problem": "unknown", "piece": "<пнч>"}
        reason = RefusalReason.SETTING_UNREADABLE
        await town.settle(refused(marina.known, reason, command=SetSetting.TYPE, message_id=asked.id, **wrong))
        at: dict[str, Any] = {"message_id": asked.id, "command": ChangeCategory.TYPE, "about_id": WATER, "limit": 5}
        await town.settle(refused(marina.known, RefusalReason.QUESTIONS_WRONG, **at))
        question, said, wrong_too = await marina.chat()
        assert wrong_too.text.startswith("Вопросов не больше 5")
        assert question.text == "Пришлите часы", "it can be typed again"
        assert said.text == "«<пнч>» — не день недели и не часы. Пример: пн-пт 9-18."
        assert said.labels == ("✏️ Ввести ещё раз",)

        # A press is answered with an alert, and the page for who may see it.
        query = await marina.press(asked)
        await town.settle(refused(marina.known, RefusalReason.ASSIGNEE_NOT_STAFF, query=query, **at))
        assert (await answered(town, query))[1]
        assert (await marina.chat())[0].text.startswith("🏷 Вода <и> трубы")
        theirs = await boris.draft()
        query, at = await boris.press(theirs), at | {"message_id": theirs.id}
        await town.settle(refused(boris.known, RefusalReason.NOT_ALLOWED, query=query, **at))
        assert await answered(town, query) == ("Вам это действие недоступно.", True)
        assert [one.text for one in await boris.chat()] == ["Черновик"]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_there_is_a_sentence_for_everything_that_cannot_be_read(language: str) -> None:
    t = TEXTS.for_language(language)
    general = "refusal.setting_unreadable"
    told = {key.removeprefix(f"{general}.") for key in t.texts if key.startswith(f"{general}.")}
    sentences = set()
    for problem in (*told, "of a newer version"):
        data = CommandRefused(
            command_id=uuid4(), command_type=SetSetting.TYPE, origin=Origin(chat_id=1), language=language,
            reason=RefusalReason.SETTING_UNREADABLE, problem=problem, piece="Ж" * 40, limit=10_000,
        )  # fmt: skip
        sentence = refusal(data, t)
        assert len(sentence) < 200, "a press is answered with no more"
        assert problem == "empty" or "Ж" * 40 in sentence
        sentences.add(sentence)
    assert len(sentences) == len(told) + 1
