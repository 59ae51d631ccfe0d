"""Cards in staff groups: where they are, how they follow what happens, and what becomes of the group."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID, uuid4

import pytest
from notifier_support import Someone, Town, bound, done, in_group, refused

from zavhoz_contracts.api.groups import Topic
from zavhoz_contracts.groups.v1.commands import BindGroup
from zavhoz_contracts.groups.v1.facts import GroupLeft, GroupMigrated, UnboundReason
from zavhoz_contracts.message import Role
from zavhoz_contracts.registry import Exchange
from zavhoz_contracts.requests.v1.commands import CommentRequest, RejectRequest
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_messaging.testing import subscribed, wait_until
from zavhoz_notifier.domain.delivery import Placement
from zavhoz_notifier.domain.groups import group_card
from zavhoz_notifier.store import deliveries, groups
from zavhoz_sandbox.client import Group, SeenMessage

CREATE_TOPIC = "createForumTopic"


async def staff_group(town: Town, *, forum: bool = True, language: str = "ru", type: str = "supergroup") -> Group:
    """A bound group."""
    low = 0 if type == "group" else 1000000000000
    group = await town.sandbox.group(-low - 1 - secrets.randbelow(10**9), "Хозчасть", is_forum=forum, type=type)
    town.desk.bind(group.id, language=language, forum=forum)
    return group


async def cards(group: Group) -> list[SeenMessage]:
    """What the bot has written there."""
    return [one for one in await group.chat() if not one.mine and one.text]


async def people(town: Town) -> tuple[Someone, Someone, Someone]:
    """Anna, who files; Boris, a technician; Marina, a manager."""
    return (
        await town.someone(1, "Анна"),
        await town.someone(3, "Борис", Role.TECHNICIAN),
        await town.someone(2, "Марина", Role.MANAGER),
    )


def thread_of(message: SeenMessage) -> int | None:
    thread = message.raw.get("message_thread_id")
    return None if thread is None else int(thread)


async def test_a_request_appears_in_its_topic_and_follows_what_happens(town: Town) -> None:
    anna, boris, _ = await people(town)
    staff = await staff_group(town)
    async with town.notifier():
        first, second = town.desk.created(anna.known), town.desk.created(anna.known, "Не горит свет")
        await town.settle(first, second)
        topics = await staff.topics()
        assert list(topics.values()) == ["Школа"], "made once, for both"
        shown = await cards(staff)
        assert {thread_of(one) for one in shown} == set(topics)
        assert [one.text.splitlines()[1] for one in shown] == ["Течёт кран в 214", "Не горит свет"]
        assert shown[0].labels == ("🔧 Взять в работу", "🚫 Отклонить", "📋 Открыть у меня")
        await town.settle(town.desk.taken(first.data.request_id, boris.known))
        taken = (await cards(staff))[0]
        assert "🔧 В работе" in taken.text
        for name in ("Анна", "Борис"):
            assert name not in taken.text
        await town.settle(town.desk.commented(first.data.request_id, anna.known, "Ключ у вахтёра"))
        talked = (await cards(staff))[0]
        assert "💬 1 комментарий" in talked.text
        assert "вахтёра" not in talked.text
        await town.settle(town.desk.completed(first.data.request_id, boris.known))
        closed, other = await cards(staff)
        assert (closed.id, closed.labels) == (shown[0].id, ())
        assert "✅ Выполнена" in closed.text
        assert other.labels != ()
        reopened = town.desk.reopened(first.data.request_id, anna.known, "Опять")
        await town.settle(reopened)
        assert (await cards(staff))[0].labels != ()
    assert len(await town.writes(CREATE_TOPIC)) == 1


async def test_each_group_in_its_language_and_only_what_is_inside(town: Town) -> None:
    anna, _, _ = await people(town)
    russian, english = await staff_group(town), await staff_group(town, language="en")
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    town.desk.topics[request_id] = Topic(key="other")
    town.desk.outside.add((request_id, russian.id))
    async with town.notifier():
        await town.settle(created)
        assert await cards(russian) == []
        (shown,) = await cards(english)
        assert shown.labels[0] == "🔧 Take"
        assert list((await english.topics()).values()) == ["Other"]
        # It goes from the part of the places of one group into that of the other.
        town.desk.outside = {(request_id, english.id)}
        await town.settle(town.desk.moved(request_id, anna.known, "Двор"))
        (gone,) = await cards(english)
        assert (gone.id, gone.labels) == (shown.id, ())
        assert gone.text == "#1 Is in another place now, and not shown here."
        (here,) = await cards(russian)
        assert here.labels[0] == "🔧 Взять в работу"
        assert list((await russian.topics()).values()) == ["Прочее"]
        # And back.
        town.desk.outside = set()
        await town.settle(town.desk.moved(request_id, anna.known, "Школа"))
        (back,) = await cards(english)
        assert (back.id, back.labels[0]) == (shown.id, "🔧 Take")


async def test_a_topic_that_was_deleted_is_made_anew_and_its_cards_come_back(town: Town) -> None:
    anna, boris, _ = await people(town)
    staff = await staff_group(town)
    async with town.notifier():
        first, second = town.desk.created(anna.known), town.desk.created(anna.known, "Не горит свет")
        await town.settle(first, second)
        (thread,) = await staff.topics()
        await staff.delete_topic(thread)
        await town.settle(town.desk.taken(first.data.request_id, boris.known))
        (again,) = await staff.topics()
        (shown,) = await cards(staff)
        assert again != thread
        assert (thread_of(shown), shown.labels[0]) == (again, "✅ Выполнено")
        # What was closed meanwhile does not come back.
        await town.settle(town.desk.rejected(second.data.request_id, boris.known, "Нет"))
        assert len(await cards(staff)) == 1


async def test_a_topic_is_called_as_its_site_is(town: Town) -> None:
    anna, boris, _ = await people(town)
    staff = await staff_group(town)
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.settle(created)
        town.desk.topics[created.data.request_id] = Topic(key="site:school", name="Школа № 7")
        await town.settle(town.desk.taken(created.data.request_id, boris.known))
        assert list((await staff.topics()).values()) == ["Школа № 7"]
        (thread,) = await staff.topics()
        town.desk.topics[created.data.request_id] = Topic(key="site:school", name="Лицей")
        await town.settle(town.desk.completed(created.data.request_id, boris.known))
        assert await staff.topics() == {thread: "Лицей"}
    assert len(await town.writes("editForumTopic")) == 2


async def test_a_request_that_is_sorted_anew_goes_to_its_new_topic(town: Town) -> None:
    anna, boris, _ = await people(town)
    staff = await staff_group(town)
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.settle(created)
        (former,) = await cards(staff)
        town.desk.topics[created.data.request_id] = Topic(key="site:gym", name="Спортзал")
        await town.settle(town.desk.moved(created.data.request_id, anna.known, "Спортзал"))
        old, new = await cards(staff)
        topics = await staff.topics()
        assert (old.id, old.labels) == (former.id, ())
        assert topics[thread_of(new) or 0] == "Спортзал"
        assert new.labels != ()
        await town.settle(town.desk.taken(created.data.request_id, boris.known))
        assert len(await cards(staff)) == 2, "it stays where it is"


async def test_a_closed_topic_is_opened_or_else_the_general_one_takes_the_card(town: Town) -> None:
    anna, boris, _ = await people(town)
    staff = await staff_group(town)
    theirs = await staff.begin_topic("Школа")
    async with town.database.transaction() as connection:
        await groups.claim(connection, staff.id, "site:school", "Школа", 30)
        await groups.made(connection, staff.id, "site:school", theirs)
    await staff.close_topic(theirs)
    await staff.allow(manages_topics=False)
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.settle(created)
        (shown,) = await cards(staff)
        assert thread_of(shown) is None
        await town.settle(town.desk.taken(created.data.request_id, boris.known))
        assert len(await cards(staff)) == 1, "it is not sent there again with every event"
        await staff.allow(manages_topics=True)
        await town.settle(town.desk.created(anna.known, "Не горит свет"))
        assert thread_of((await cards(staff))[-1]) == theirs


async def test_without_topics_all_cards_go_one_after_another(town: Town) -> None:
    anna, boris, marina = await people(town)
    staff = await staff_group(town, forum=False)
    async with town.notifier():
        first, second = town.desk.created(anna.known), town.desk.created(anna.known, "Не горит свет")
        await town.settle(first, second)
        shown = await cards(staff)
        assert [thread_of(one) for one in shown] == [None, None]
        assert len(await town.writes(CREATE_TOPIC)) == 1, "asked for once"
        assert "Хозчасть" not in "".join(one.text for one in await marina.chat())
        await town.settle(town.desk.taken(first.data.request_id, boris.known))
        assert len(await cards(staff)) == 2
        # /desk says that topics can be switched on; once they are, they are made.
        await town.settle(bound(marina.known, staff.id))
        assert "Тем в этой группе нет" in (await cards(staff))[-1].text
        await town.sandbox.group(staff.id, "Хозчасть", is_forum=True)
        town.desk.bind(staff.id)
        await town.settle(bound(marina.known, staff.id))
        assert "Тем в этой группе нет" not in (await cards(staff))[-1].text
        await town.settle(town.desk.completed(second.data.request_id, boris.known))
        await town.settle(town.desk.created(anna.known, "Скрипит дверь"))
        assert list((await staff.topics()).values()) == ["Школа"]


async def test_without_the_right_the_managers_are_told_once(town: Town) -> None:
    anna, _, marina = await people(town)
    john = await town.someone(4, "John", Role.MANAGER, language="en")
    away = (await town.someone(5, "Олег", Role.MANAGER)).changed(reachable=False)
    staff = await staff_group(town)
    await staff.allow(manages_topics=False)
    async with town.notifier():
        await town.settle(town.desk.created(anna.known), town.desk.created(anna.known, "Не горит свет"))
        assert [thread_of(one) for one in await cards(staff)] == [None, None]

        def told(chat: list[SeenMessage], words: str) -> int:
            return sum(words in one.text for one in chat)

        assert told(await marina.chat(), "В группе «Хозчасть» у меня нет права") == 1
        assert told(await john.chat(), "I have no right to manage topics in the group “Хозчасть”") == 1
        assert await away.chat() == []
        await town.settle(bound(marina.known, staff.id, query="1", message_id=(await cards(staff))[0].id))
        assert "нет права управлять темами" in (await cards(staff))[0].text
        await town.settle(town.desk.bind(staff.id), town.desk.created(anna.known, "Мигает лампа"))
        assert told(await marina.chat(), "нет права") == 1, "a button changes nothing about that"
        await staff.allow(manages_topics=True)
        await town.settle(bound(marina.known, staff.id))
        await town.settle(town.desk.created(anna.known, "Скрипит дверь"))
        assert list((await staff.topics()).values()) == ["Школа"]
        assert told(await marina.chat(), "нет права") == 1


async def test_two_notifiers_make_a_topic_once(town: Town) -> None:
    anna, _, _ = await people(town)
    staff = await staff_group(town)
    await town.sandbox.fault("slow", method=CREATE_TOPIC, seconds=1)
    async with town.notifier("consumer"):
        created = [town.desk.created(anna.known, f"Заявка {n}") for n in range(6)]
        await town.publish(*created)
        await town.taken(*created)
    async with town.notifier("sender"), town.notifier("sender"):
        await town.idle(*created)
    assert len(await town.writes(CREATE_TOPIC)) == 1
    assert len({thread_of(one) for one in await cards(staff)}) == 1
    assert len(await cards(staff)) == 6


@pytest.mark.parametrize("kind", ["429", "5xx"])
async def test_a_topic_that_could_not_be_made_is_made_later(town: Town, kind: str) -> None:
    anna, _, _ = await people(town)
    staff = await staff_group(town)
    await town.sandbox.fault(kind, method=CREATE_TOPIC)
    async with town.notifier():
        await town.settle(town.desk.created(anna.known))
    assert list((await staff.topics()).values()) == ["Школа"]
    assert len(await cards(staff)) == 1


async def test_while_nobody_knows_whether_a_topic_was_made_no_other_is(town: Town) -> None:
    anna, _, _ = await people(town)
    staff = await staff_group(town)
    await town.sandbox.fault("drop_after_receipt", method=CREATE_TOPIC)
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.publish(created)

        async def waits() -> bool:
            rows = await town.rows("SELECT error FROM deliveries WHERE chat_id = :chat AND attempts > 1", chat=staff.id)
            return any("is being made" in (row.error or "") for row in rows)

        await wait_until(waits, "the card waits for its topic")
        assert len(await town.writes(CREATE_TOPIC)) == 1
        # The time of the claim is over.
        await town.rows("UPDATE group_topics SET claimed_at = claimed_at - interval '1 hour' RETURNING 1")
        await town.idle(created)
    # One is empty: Telegram has no way to ask for it.
    assert list((await staff.topics()).values()) == ["Школа", "Школа"]
    assert len(await cards(staff)) == 1


async def test_a_press_is_answered_to_who_pressed_and_the_card_stays_the_groups(town: Town) -> None:
    anna, boris, marina = await people(town)
    staff = await staff_group(town)
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.settle(created)
        (shown,) = await cards(staff)
        request = town.desk.requests[created.data.request_id]
        query = await boris.at_telegram.begin_press(shown, "🔧 Взять в работу", chat=staff.id)
        taken = town.desk.taken(request.id, boris.known)
        await town.settle(taken, in_group(done(boris.known, request, message_id=shown.id, query=query), staff.id))
        answer = await town.sandbox.answer(query, 5)
        assert answer is not None
        assert "#1" in answer.text
        (after,) = await cards(staff)
        assert "Борис" not in after.text
        assert "Анна" not in after.text
        query = await marina.at_telegram.begin_press(shown, data="x", chat=staff.id)
        late = refused(
            marina.known, RefusalReason.ALREADY_TAKEN, request, message_id=shown.id, query=query, who="Борис"
        )
        await town.settle(in_group(late, staff.id))
        answer = await town.sandbox.answer(query, 5)
        assert answer is not None
        assert answer.alert
        assert "Борис" in answer.text, "only who pressed sees it"
        assert [one.text for one in await cards(staff)] == [after.text]


async def test_what_was_typed_in_ones_own_chat_for_a_card_in_a_group_is_answered_there(town: Town) -> None:
    anna, _, marina = await people(town)
    async with town.notifier():
        created = town.desk.created(anna.known)
        await town.settle(created)
        request = town.desk.requests[created.data.request_id]
        for command in (RejectRequest.TYPE, CommentRequest.TYPE):
            before = len(await marina.chat())
            await town.settle(done(marina.known, request, command=command))
            assert len(await marina.chat()) == before + 1
            assert (await marina.chat())[-1].text.startswith("#1")


async def test_the_desk_answers_in_the_topic_it_was_asked_in(town: Town) -> None:
    _, boris, marina = await people(town)
    staff = await staff_group(town)
    thread = await staff.begin_topic("Разное")
    async with town.notifier():
        await town.settle(bound(marina.known, staff.id, thread=thread))
        (shown,) = await cards(staff)
        assert thread_of(shown) == thread
        assert shown.labels[0] == "● По площадкам"
        no = refused(boris.known, RefusalReason.NOT_ALLOWED, command=BindGroup.TYPE)
        await town.settle(in_group(no, staff.id))
        assert "завхоз, не ограниченный частью мест" in (await cards(staff))[-1].text
        query = await boris.at_telegram.begin_press(shown, data="x", chat=staff.id)
        await town.settle(
            in_group(refused(boris.known, RefusalReason.NOT_ALLOWED, command=BindGroup.TYPE, query=query), staff.id)
        )
        answer = await town.sandbox.answer(query, 5)
        assert answer is not None
        assert answer.alert
        town.desk.groups.clear()
        query = await marina.at_telegram.begin_press(shown, data="x", chat=staff.id)
        await town.settle(bound(marina.known, staff.id, query=query, message_id=shown.id))
        (unbound, *_) = await cards(staff)
        assert (unbound.id, unbound.labels) == (shown.id, ())
        assert "больше не появляются" in unbound.text


async def test_the_bot_is_removed_and_the_managers_are_told_once(town: Town) -> None:
    anna, boris, marina = await people(town)
    john = await town.someone(4, "John", Role.MANAGER, language="en")
    staff = await staff_group(town)
    async with subscribed(town.amqp_url, Exchange.PRIVATE) as private, town.notifier():
        await staff.kick()
        # It shows when something is to be said there: that is told once.
        created = [town.desk.created(anna.known, f"Заявка {n}") for n in range(3)]
        await town.settle(*created)
        (left,) = await private.wait_for(1, GroupLeft.TYPE)
        assert (left.data.chat_id, left.data.by) == (staff.id, None)
        gone = town.desk.unbind(staff.id, UnboundReason.REMOVED, boris.known)
        await town.publish(gone)
        await town.settle(gone)
        assert sum("Борис убирает меня из группы «Хозчасть»" in one.text for one in await marina.chat()) == 1
        assert sum("Борис removed me from the group “Хозчасть”" in one.text for one in await john.chat()) == 1
        assert len(private.of(GroupLeft.TYPE)) == 1
        reachable = await town.rows("SELECT count(*) FROM reachability WHERE NOT reachable")
        assert reachable[0][0] == 0, "that nobody is reached in a group says nothing of people"
        # Bound again, it may be told again.
        await staff.add()
        await town.settle(town.desk.bind(staff.id), town.desk.created(anna.known, "Новая"))
        assert [one.text.splitlines()[1] for one in await cards(staff)] == ["Новая"]


async def test_let_go_by_a_manager_nothing_more_is_said_there_and_nobody_is_told(town: Town) -> None:
    anna, _, marina = await people(town)
    staff = await staff_group(town)
    async with town.notifier("consumer"):
        created = town.desk.created(anna.known)
        await town.publish(created)
        await town.taken(created)
        gone = town.desk.unbind(staff.id, UnboundReason.ASKED, marina.known)
        await town.publish(gone)
        await town.taken(gone)
    async with town.notifier("sender"):
        await town.idle(created, gone)
    assert await cards(staff) == []
    assert not [one for one in await marina.chat() if "групп" in one.text]


async def test_a_group_that_becomes_a_supergroup_is_followed_once(town: Town) -> None:
    anna, boris, _ = await people(town)
    old = await staff_group(town, forum=False, type="group")
    async with subscribed(town.amqp_url, Exchange.PRIVATE) as private, town.notifier():
        first, second, third = (town.desk.created(anna.known, f"Заявка {n}") for n in range(3))
        await town.settle(first, second, third)
        await town.settle(town.desk.rejected(third.data.request_id, boris.known, "Нет"))
        new = await old.migrate(-1000000000000 - secrets.randbelow(10**9))
        # The notifier meets it first, and says so once; what waits is said when the requests service has heard of it.
        taken, fourth = town.desk.taken(first.data.request_id, boris.known), town.desk.created(anna.known, "Заявка 3")
        await town.publish(taken, fourth)
        await private.wait_for(1, GroupMigrated.TYPE)

        async def waits() -> bool:
            rows = await town.rows("SELECT error FROM deliveries WHERE chat_id = :new AND attempts > 0", new=new.id)
            return any("is not bound yet" in (row.error or "") for row in rows)

        await town.taken(taken, fourth)
        await wait_until(waits, "the cards wait")
        await town.settle(town.desk.move(old.id, new.id))
        shown = {one.text.splitlines()[1]: one for one in await cards(new)}
        assert shown.keys() == {"Заявка 0", "Заявка 1", "Заявка 3"}
        assert "В работе" in shown["Заявка 0"].text
        assert len(await cards(new)) == 3, "each once, and not what is closed"
        await town.settle(town.desk.taken(second.data.request_id, boris.known))
        assert len(await cards(new)) == 3
        assert len(private.of(GroupMigrated.TYPE)) == 1
    assert await town.rows("SELECT 1 FROM live_cards WHERE chat_id = :old", old=old.id) == []


async def test_of_a_card_in_a_group_one_that_waits_is_enough(town: Town) -> None:
    request_id = uuid4()

    async def plan(placement: Placement, chat_id: int = -5) -> int:
        async with town.database.transaction() as connection:
            return await deliveries.plan(connection, [group_card(uuid4(), chat_id, "ru", request_id, 1, placement)])

    assert await plan(Placement.APPEAR) == 1
    assert await plan(Placement.LIVE) == 0
    assert await plan(Placement.LIVE, -6) == 1


async def test_two_hundred_events_of_one_group_are_a_few_messages(town: Town) -> None:
    anna, boris, _ = await people(town)
    staff = await staff_group(town)
    messages: list[Any] = []
    ids: list[UUID] = []
    async with town.notifier("consumer"):
        for n in range(10):
            created = town.desk.created(anna.known, f"Заявка {n}")
            ids.append(created.data.request_id)
            messages.append(created)
        messages += [town.desk.commented(ids[n % 10], boris.known, f"{n}") for n in range(190)]
        await town.publish(*messages)
        await town.taken(*messages, timeout=60)
    (waiting,) = await town.rows("SELECT count(*) FROM deliveries WHERE chat_id = :chat", chat=staff.id)
    assert waiting[0] == 10
    # People are not kept waiting by a group that has three seconds between messages.
    async with town.notifier("sender", group_rate=20.0):

        async def told() -> bool:
            left = "SELECT count(*) FROM deliveries WHERE finished_at IS NULL AND chat_id > 0"
            return bool((await town.rows(left))[0][0] == 0)

        await wait_until(told, "all people are told", timeout=60)
        (waiting,) = await town.rows(
            "SELECT count(*) FROM deliveries WHERE finished_at IS NULL AND chat_id = :chat", chat=staff.id
        )
        assert waiting[0] >= 5, "the group still waits"
    async with town.notifier("sender"):
        await town.idle(*messages, timeout=60)
    shown = await cards(staff)
    assert len(shown) == 10
    assert all("💬 19 комментариев" in one.text for one in shown)
    writes = await town.writes(chat=staff.id)
    assert len(writes) == 11, "a topic, and each card once"
