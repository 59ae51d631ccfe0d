"""A file that is not kept: its uploader hears why and what to do, in their language; cards show that it is missing."""

from __future__ import annotations

import pytest
from notifier_support import Desk, Town, file_refused

from zavhoz_contracts.files.v1.events import AttachmentRefusalReason
from zavhoz_contracts.message import Role
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.application.words import attachment_refused
from zavhoz_telegram.texts import Texts

Reason = AttachmentRefusalReason


async def test_the_uploader_hears_it_and_not_only_the_requester(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    bob = await town.someone(2, "Bob", Role.TECHNICIAN, "en")
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    hers, his = town.desk.attached(request_id), town.desk.attached(request_id, "plan & <old>.zip")
    town.desk.noted(request_id, hers.attachment_id, Reason.UNAVAILABLE)
    town.desk.noted(request_id, his.attachment_id, Reason.ARCHIVE)
    async with town.notifier():
        await town.settle(created)
        await town.settle(
            file_refused(request_id, hers.attachment_id, anna.known, Reason.UNAVAILABLE),
            file_refused(request_id, his.attachment_id, bob.known, Reason.ARCHIVE),
        )
        (told,) = await anna.chat()
        card, english = await bob.chat()
    assert told.text.startswith("#1 📎 Вложение не принято: Telegram его больше не отдаёт")
    assert told.labels
    assert "⚠️" in card.text
    assert english.text.startswith("#1 📎 The file “plan & <old>.zip” was not accepted: archives are not accepted.")


async def test_cards_are_drawn_when_the_requests_service_knows_it(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    created = town.desk.created(anna.known)
    request_id = created.data.request_id
    file = town.desk.attached(request_id)
    refused = file_refused(request_id, file.attachment_id, anna.known, Reason.DAMAGED)
    async with town.notifier():
        await town.settle(created)
        (before,) = await marina.chat()
        await town.publish(refused)

        async def asked_about_it() -> bool:
            return town.desk.asked.count("/v1/audiences") > 1

        await wait_until(asked_about_it, "the notifier has looked once")
        town.desk.noted(request_id, file.attachment_id, Reason.DAMAGED)
        await town.idle(refused)
        (after,), (told,) = await marina.chat(), await anna.chat()
    assert "⚠️" not in before.text
    assert "⚠️ 1 вложение не принято" in after.text
    assert "повреждён" in told.text


async def test_who_may_not_see_the_request_any_more_hears_nothing(town: Town) -> None:
    anna, boris = await town.someone(1, "Анна"), await town.someone(2, "Борис")
    created = town.desk.created(anna.known)
    file = town.desk.attached(created.data.request_id)
    town.desk.noted(created.data.request_id, file.attachment_id, Reason.EMPTY)
    async with town.notifier():
        await town.settle(created, file_refused(created.data.request_id, file.attachment_id, boris.known, Reason.EMPTY))
        assert await boris.chat() == await anna.chat() == []


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_words(reason: Reason, language: str) -> None:
    desk = Desk()
    request = desk.requests[desk.created(desk.person(1, "Анна")).data.request_id]
    t = Texts.load().for_language(language)
    text, rows = attachment_refused(reason, desk.card(request, request.requester), None, t)
    assert text.startswith("<b>#1</b> 📎")
    assert len(text) > 60
    assert rows
