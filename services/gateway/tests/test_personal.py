"""Presses and commands about one's own settings: what is published, and what is forgotten."""

from __future__ import annotations

from uuid import uuid4

from gateway_support import System

from zavhoz_chassis.health import Health
from zavhoz_contracts.message import Shows
from zavhoz_contracts.people.v1.commands import ErasePerson, SetLanguage
from zavhoz_contracts.settings.v1.commands import (
    MuteRequest,
    OpenSettings,
    SendData,
    SetDigest,
    SetQuietHours,
    SettingsPage,
)
from zavhoz_gateway.store.connection import redis_store
from zavhoz_messaging.testing import wait_until
from zavhoz_telegram.callbacks import ErasePress, MutePress, SettingsAct, SettingsPress


async def test_settings_are_opened_by_a_command_and_by_the_menu(gate: System) -> None:
    anna = await gate.someone()
    await anna.start()
    greeting = await anna.wait_for("Здравствуйте")
    asked = await anna.text("/settings")
    await anna.begin_press(greeting, "⚙️ Настройки")
    await anna.text("/mydata")
    by_command, by_menu = await gate.commands.wait_for(2, OpenSettings.TYPE)
    assert by_command.data.origin.message_id is None
    assert by_command.data.origin.callback_query_id is None
    assert by_menu.data.origin.message_id is None, "as a new message: the greeting stays"
    assert by_menu.data.origin.callback_query_id is not None
    assert by_menu.data.page is SettingsPage.MAIN
    (data,) = await gate.commands.wait_for(1, SendData.TYPE)
    assert data.data.actor.telegram_id == anna.id
    assert asked.id not in {one.id for one in await anna.chat() if not one.mine}


async def test_every_button_says_what_it_says(gate: System) -> None:
    anna = await gate.someone()
    await anna.start()
    page = await anna.wait_for("Здравствуйте")
    request_id = uuid4()
    for press in (
        SettingsPress(act=SettingsAct.OPEN, value="quiet"),
        SettingsPress(act=SettingsAct.QUIET, value="22-7"),
        SettingsPress(act=SettingsAct.QUIET, value="99-7"),
        SettingsPress(act=SettingsAct.QUIET, value="off"),
        SettingsPress(act=SettingsAct.DIGEST, value="8"),
        SettingsPress(act=SettingsAct.DIGEST, value="99"),
        SettingsPress(act=SettingsAct.DIGEST, value="off"),
        SettingsPress(act=SettingsAct.UNMUTE),
        MutePress(request_id=request_id, muted=1),
        MutePress(request_id=request_id, muted=0),
    ):
        await anna.begin_press(page, data=press.pack())
    mutes = await gate.commands.wait_for(3, MuteRequest.TYPE)
    (opened,) = await gate.commands.wait_for(1, OpenSettings.TYPE)
    assert (opened.data.page, opened.data.origin.message_id) == (SettingsPage.QUIET, page.id)
    hours = [(one.data.start, one.data.end) for one in await gate.commands.wait_for(3, SetQuietHours.TYPE)]
    assert hours == [(22, 7), (99, 7), (None, None)], "what are no hours is for the notifier to say"
    assert [one.data.hour for one in await gate.commands.wait_for(3, SetDigest.TYPE)] == [8, 99, None]
    assert [(one.data.request_id, one.data.muted) for one in mutes] == [
        (None, False),
        (request_id, True),
        (request_id, False),
    ]


async def test_what_no_button_says_is_outdated(gate: System) -> None:
    anna = await gate.someone()
    await anna.start()
    page = await anna.wait_for("Здравствуйте")
    before = len(gate.commands.messages)
    forged = ["s:open:nowhere", "s:lang:xx", "s:greet:RU", "s:quiet:7", "s:quiet:1-2-3", "s:quiet:", "s:no:", "u:x:1"]
    forged += ["s:digest:", "s:digest:x", "s:digest:123", "s:digest:-1"]
    for data in [*forged, ErasePress(person_id=uuid4(), minute=-1).pack(), f"x:{uuid4().hex}:99999999999"]:
        answer = await anna.press(page, data=data)
        assert answer is not None, data
        assert answer.alert, data
        assert "устарела" in answer.text, data
    assert len(gate.commands.messages) == before


async def test_a_chosen_language_is_spoken_at_once(gate: System) -> None:
    anna = await gate.someone()
    await anna.start()
    greeting = await anna.wait_for("Здравствуйте")
    await anna.begin_press(greeting, "English")
    (chosen,) = await gate.commands.wait_for(1, SetLanguage.TYPE)
    assert (chosen.data.language, chosen.data.origin.shows) == ("en", Shows.GREETING)
    await gate.confirmed()
    asked = await anna.text("/cancel")
    await anna.wait_for("nothing", after=asked.id)  # though the API has not heard of it


async def test_with_erasure_goes_all_that_is_remembered_of_a_chat(gate: System) -> None:
    anna, boris = await gate.someone(), await gate.someone("Борис")
    for person in (anna, boris):
        words = await person.text("Течёт кран в подвале")
        await person.wait_for("Течёт кран", after=words.id)
    page = (await anna.chat())[-1]
    await gate.confirmed()
    assert await _keys(gate, anna.id)
    person_id = uuid4()
    for _ in range(2):  # done again, there is nothing left to forget
        await anna.begin_press(page, data=ErasePress(person_id=person_id, minute=29_000_000).pack())
    first, _ = await gate.commands.wait_for(2, ErasePerson.TYPE)
    assert first.data.person_id == person_id
    assert first.data.asked_at.timestamp() == 29_000_000 * 60
    assert first.data.origin.message_id == page.id
    await gate.confirmed()

    async def forgotten() -> bool:
        return await _keys(gate, anna.id) == []

    await wait_until(forgotten, "nothing of hers is remembered")
    assert await _keys(gate, boris.id), "only hers"


async def test_without_redis_the_command_goes_out_all_the_same(gate: System) -> None:
    anna = await gate.someone()
    await anna.start()
    page = await anna.wait_for("Здравствуйте")
    gate.redis.cut()
    await anna.begin_press(page, data=ErasePress(person_id=uuid4(), minute=29_000_000).pack())
    await anna.begin_press(page, data=SettingsPress(act=SettingsAct.LANGUAGE, value="en").pack())
    await gate.commands.wait_for(1, ErasePerson.TYPE)
    await gate.commands.wait_for(1, SetLanguage.TYPE)
    gate.redis.mend()


async def _keys(gate: System, person_id: int) -> list[str]:
    async with redis_store(gate.redis.url, Health(), gate.bot_id) as store:
        return list(await store.call("KEYS", f"zavhoz*{person_id}*"))
