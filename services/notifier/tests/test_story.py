"""Who hears what: cards, notices and answers, against real servers and a strict stand-in for Telegram."""

from __future__ import annotations

import pytest
from notifier_support import Town, done, opening, refused, registered, role_changed, started

from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.commands import AttachToRequest, CommentRequest, CreateRequest, RejectRequest
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_messaging.testing import wait_until


async def test_a_new_request_reaches_the_staff_and_not_its_author(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    bob = await town.someone(3, "Bob", Role.TECHNICIAN, "en")
    away = (await town.someone(4, "Олег", Role.MANAGER)).changed(reachable=False)
    async with town.notifier():
        await town.settle(town.desk.created(anna.known))
        (card,), (english,) = await marina.chat(), await bob.chat()
    assert card.text.startswith("#1")
    assert "Течёт кран" in card.text
    assert len(card.labels) == 2
    assert english.text.startswith("#1")
    assert english.text != card.text
    assert await anna.chat() == await away.chat() == []


async def test_what_happens_is_told_to_the_author_and_drawn_silently_for_the_others(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    async with town.notifier():
        await town.settle(created)
        await town.settle(town.desk.taken(request_id, boris.known))
        (told,) = await anna.chat()
        assert told.text.startswith("#1")
        assert "Борис" in told.text
        assert told.labels
        (card,) = await marina.chat()
        assert card.edited
        assert "Борис" in card.text
        await town.settle(town.desk.completed(request_id, boris.known))
        first, second = await anna.chat()
        assert (first.text, second.text[:2]) == (told.text, "#1")
        (card,) = await marina.chat()
        assert not card.labels
    assert len(await boris.chat()) == 1  # the card; nothing about what he did himself


async def test_a_rejection_gives_its_reason(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    async with town.notifier():
        rejected = town.desk.rejected(created.data.request_id, marina.known, "Это <не> наше & здание")
        await town.settle(created, rejected)
        (told,) = await anna.chat()
    assert "Это <не> наше & здание" in told.text


async def test_the_outcome_answers_the_press_and_makes_the_draft_the_card(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    draft = await anna.draft()
    query = await anna.press(draft, data="d:send")
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(
            created, done(anna.known, request, command=CreateRequest.TYPE, message_id=draft.id, query=query)
        )
        answer = await town.sandbox.answer(query, 5)
        (card,) = await anna.chat()
    assert answer is not None
    assert "#1" in answer.text
    assert not answer.alert
    assert card.id == draft.id
    assert card.text.startswith("#1")


async def test_a_typed_answer_draws_the_card_and_is_confirmed(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(created)
        (card,) = await marina.chat()
        rejected = town.desk.rejected(request.id, marina.known, "Не у нас")
        await town.settle(done(marina.known, request, command=RejectRequest.TYPE, message_id=card.id), rejected)
        drawn, said = await marina.chat()
    assert drawn.id == card.id
    assert "Не у нас" in drawn.text
    assert not drawn.labels
    assert said.text.startswith("#1")


async def test_a_stale_button_is_refused_with_words_and_a_fresh_card(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(created)
        (card,) = await marina.chat()
        query = await marina.press(card, label=card.labels[0])
        town.desk.taken(request.id, boris.known)  # its event is still on its way
        await town.settle(
            refused(marina.known, RefusalReason.ALREADY_TAKEN, request, message_id=card.id, query=query, who="Борис")
        )
        answer = await town.sandbox.answer(query, 5)
        (drawn,) = await marina.chat()
    assert answer is not None
    assert answer.alert
    assert answer.text.startswith("#1")
    assert "Борис" in answer.text
    assert drawn.id == card.id
    assert drawn.labels != card.labels


async def test_a_refused_draft_stays_as_it_is(town: Town) -> None:
    anna = await town.someone(1, "Anna", language="en")
    draft = await anna.draft()
    query = await anna.press(draft, data="d:send")
    async with town.notifier():
        outcome = refused(
            anna.known,
            RefusalReason.DESCRIPTION_TOO_SHORT,
            command=CreateRequest.TYPE,
            message_id=draft.id,
            query=query,
            limit=10,
            length=3,
        )
        await town.settle(outcome)
        answer = await town.sandbox.answer(query, 5)
    assert answer is not None
    assert answer.alert
    assert "10" in answer.text
    assert await anna.chat() == [draft]


async def test_typed_words_that_are_refused_get_a_sentence(town: Town) -> None:
    marina = await town.someone(2, "Марина", Role.MANAGER)
    async with town.notifier():
        await town.settle(refused(marina.known, RefusalReason.REASON_TOO_SHORT, limit=3, length=1))
        (said,) = await marina.chat()
    assert "3" in said.text


async def test_a_line_of_a_list_opens_a_new_card_and_the_former_loses_its_buttons(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(created)
        (former,) = await marina.chat()
        query = await marina.press(former, data="o:x")
        await town.settle(opening(marina.known, created.data.request_id, query=query))
        answer = await town.sandbox.answer(query, 5)
        stripped, card = await marina.chat()
    assert answer is not None
    assert answer.text == ""
    assert (stripped.id, stripped.labels) == (former.id, ())
    assert card.labels == former.labels


async def test_a_notice_becomes_the_card(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(created, town.desk.taken(created.data.request_id, boris.known))
        (told,) = await anna.chat()
        query = await anna.press(told, label=told.labels[0])
        await town.settle(opening(anna.known, created.data.request_id, query=query, message_id=told.id))
        (card,) = await anna.chat()
    assert card.id == told.id
    assert card.text != told.text


async def test_who_may_not_see_a_request_gets_one_sentence(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    vera = await town.someone(5, "Вера")
    gone = (await town.someone(6, "Глеб")).changed(active=False)
    created = town.desk.created(anna.known)
    answers = []
    async with town.notifier():
        for person in (vera, gone):
            query = await person.press(await person.draft())
            await town.settle(opening(person.known, created.data.request_id, query=query))
            answers.append(await town.sandbox.answer(query, 5))
            assert len(await person.chat()) == 1
    assert all(answer is not None and answer.alert and answer.text for answer in answers)
    assert answers[0] != answers[1]


async def test_a_new_manager_gets_the_cards_of_ten_open_requests(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    for _ in range(12):
        town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(registered(marina.known), registered(anna.known))
        cards = await marina.chat()
    assert len(cards) == 10
    assert await anna.chat() == []


async def test_the_staff_has_a_menu_of_its_own_as_long_as_it_is_the_staff(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(2, "Boris", Role.TECHNICIAN, "en")
    async with town.notifier():
        await town.settle(registered(anna.known), registered(boris.known))
        (given,) = await town.writes("setMyCommands")
        assert given["arguments"]["scope"]["chat_id"] == 2, "Anna has what everybody has"
        assert {"command": "queue", "description": "The queue of requests"} in given["arguments"]["commands"]
        # /start gives it to them again, whatever became of it.
        await town.settle(started(boris.known), started(anna.known))
        assert len(await town.writes("setMyCommands")) == 2
        boris = boris.changed(role=Role.REQUESTER)
        await town.settle(role_changed(boris.known, Role.TECHNICIAN))
        (taken_away,) = await town.writes("deleteMyCommands")
    assert taken_away["arguments"]["scope"]["chat_id"] == 2


async def test_the_requester_is_asked_whether_it_is_fixed_and_who_worked_hears_that_it_is_not(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    bob = await town.someone(2, "Bob", Role.TECHNICIAN, "en")
    marina = await town.someone(3, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    async with town.notifier():
        await town.settle(created, town.desk.taken(request_id, bob.known))
        await town.settle(town.desk.completed(request_id, bob.known))
        asked = (await anna.chat())[-1]
        assert "Всё исправлено?" in asked.text
        assert asked.labels[-2:] == ("↩️ Не исправлено", "📋 Открыть заявку")
        assert [len(await one.chat()) for one in (bob, marina)] == [1, 1], "only the requester is asked"
        # A rating shows on cards, and disturbs nobody.
        await town.settle(town.desk.confirmed(request_id, anna.known, 2))
        assert [len(await one.chat()) for one in (anna, bob, marina)] == [2, 1, 1]
        await town.settle(town.desk.reopened(request_id, anna.known, "Снова <капает>"))
        told = (await bob.chat())[-1]
        assert told.text == "#1 ↩️ Not fixed: Течёт кран в 214\nАнна: Снова <капает>"
        assert (await marina.chat())[-1].text.startswith("#1 ↩️ Не исправлено: "), "nobody works on it now"
        assert len(await anna.chat()) == 2


async def test_a_comment_is_told_and_drawn_to_those_it_concerns(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    bob = await town.someone(3, "Bob", Role.TECHNICIAN, "en")
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    async with town.notifier():
        await town.settle(created)
        # Nobody works on it: everybody who has its card hears of it, each in their language.
        await town.settle(town.desk.commented(request_id, anna.known, "Уже <по колено> & выше\nСкорее!", attachments=2))
        for person, files, button in ((marina, "📎 2 вложения", "Открыть заявку"), (bob, "📎 2 attachments", "Open")):
            card, told = await person.chat()
            assert told.text.startswith(f"#1 💬 Анна: Уже <по колено> & выше\nСкорее!\n{files}\n")
            assert "Течёт кран в 214" in told.text
            assert button in told.labels[0]
            assert card.edited
            assert "Анна: Уже <по колено> & выше Скорее! 📎 2" in card.text
        assert await anna.chat() == []
        # Somebody does: they and the author of the request talk with each other.
        await town.settle(town.desk.taken(request_id, bob.known))
        await town.settle(town.desk.commented(request_id, bob.known, "On my way"))
        taken, told = await anna.chat()
        assert told.text.startswith("#1 💬 Bob: On my way\n")
        await town.settle(town.desk.commented(request_id, anna.known, "Жду"))
        assert len(await marina.chat()) == 2
        assert (await bob.chat())[-1].text.startswith("#1 💬 Анна: Жду\n")
        assert await anna.chat() == [taken, told]
        for person in (marina, bob):
            assert "Bob: On my way" in (await person.chat())[0].text


async def test_a_comment_is_told_to_who_is_just_being_given_the_card(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)

    async def under_way() -> bool:
        return await town.states() == {"attempting": 1}

    async with town.notifier():
        await town.sandbox.fault("slow", chat=marina.chat_id, seconds=2)
        await town.publish(created)
        await wait_until(under_way, "the card is being sent, and may be drawn already")
        await town.settle(town.desk.commented(created.data.request_id, anna.known, "Скорее!"))
    _, told = await marina.chat()
    assert "Скорее!" in told.text


async def test_a_comment_that_comes_twice_is_told_once_and_its_words_are_not_kept(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    taken = town.desk.taken(request_id, boris.known)
    commented = town.desk.commented(request_id, boris.known, "Приду после обеда")
    async with town.notifier():
        await town.settle(created, taken, commented)
        await town.publish(commented, commented)
        await town.settle(town.desk.completed(request_id, boris.known))
    assert sum("Приду после обеда" in message.text for message in await anna.chat()) == 1
    kept = await town.rows("SELECT count(*) FROM deliveries WHERE content::text LIKE '%обеда%'")
    assert kept[0][0] == 0


async def test_who_comments_is_told_that_it_was_added_once(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    boris = await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(created)
        (card,) = await boris.chat()
        # By a reply: a message of its own, and the live card shows the comment.
        by_reply = town.desk.commented(request.id, boris.known, "Смотрю")
        await town.settle(done(boris.known, request, command=CommentRequest.TYPE), by_reply)
        drawn, said = await boris.chat()
        assert (drawn.id, said.text) == (card.id, "#1: комментарий добавлен")
        assert "Борис: Смотрю" in drawn.text
        # By the answer to the question of the card's button.
        answered = town.desk.commented(request.id, boris.known, "Нужна деталь")
        await town.settle(done(boris.known, request, command=CommentRequest.TYPE, message_id=card.id), answered)
        drawn, _, said = await boris.chat()
        assert "Борис: Нужна деталь" in drawn.text
        assert said.text == "#1: комментарий добавлен"
        # A further file of an album is shown, and not talked about.
        await town.settle(
            done(boris.known, request, command=AttachToRequest.TYPE), town.desk.added(request.id, boris.known)
        )
        drawn, *others = await boris.chat()
        assert "📎 1 вложение" in drawn.text
        assert len(others) == 2
    assert [message.text.split("\n")[0] for message in await anna.chat()] == [
        "#1 💬 Борис: Смотрю",
        "#1 💬 Борис: Нужна деталь",
    ]


async def test_files_that_came_with_something_else_are_not_drawn_again(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    await town.someone(3, "Борис", Role.TECHNICIAN)
    created = town.desk.created(anna.known)
    async with town.notifier():
        await town.settle(created)
        asked = len(town.desk.asked)
        await town.settle(town.desk.added(created.data.request_id, anna.known, alone=False))
        assert len(town.desk.asked) == asked


@pytest.mark.parametrize(
    ("language", "long", "empty"),
    [
        ("ru", "Комментарий слишком длинный: 501 символов, а можно не больше 500", "Комментарий пуст"),
        ("en", "The comment is too long: 501 characters, at most 500 are allowed", "The comment is empty"),
    ],
)
async def test_a_comment_that_is_refused_gets_a_sentence(town: Town, language: str, long: str, empty: str) -> None:
    anna = await town.someone(1, "Анна", language=language)
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    async with town.notifier():
        await town.settle(
            created,
            refused(
                anna.known, RefusalReason.COMMENT_TOO_LONG, request, command=CommentRequest.TYPE, limit=500, length=501
            ),
            refused(anna.known, RefusalReason.COMMENT_EMPTY, request, command=CommentRequest.TYPE),
        )
        first, second = await anna.chat()
    assert first.text.startswith(f"#1: {long}")
    assert second.text.startswith(f"#1: {empty}")
