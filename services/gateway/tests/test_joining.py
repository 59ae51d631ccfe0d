"""[Me too]: what is offered in a draft, and what becomes of the draft when it is taken."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from gateway_support import COMMENT, CREATE, System

from zavhoz_contracts.api.v1 import SimilarRequest
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_sandbox.client import Person, SeenMessage

JOIN = "zavhoz.request.join.v1"
DRAFT = "Новая заявка"
SEND = "📨 Отправить"
ME_TOO = "🙋 Я тоже · #118"


def like(number: int = 118, *, joined: int = 0, same_place: bool = False, hours: int = 30) -> SimilarRequest:
    return SimilarRequest(
        request_id=uuid4(), number=number, title="Течёт <кран>", status=Status.OPEN, priority=Priority.MEDIUM,
        created_at=datetime.now(UTC) - timedelta(hours=hours), joined=joined, same_place=same_place,
    )  # fmt: skip


async def drafted(person: Person, words: str = "Течёт кран на кухне") -> SeenMessage:
    said = await person.text(words)
    return await person.wait_for(DRAFT, after=said.id)


async def test_what_others_have_filed_is_offered_above_send(gate: System) -> None:
    gate.api.similar = [like(joined=2, same_place=True), like(7, hours=0)]
    anna = await gate.someone()
    draft = await drafted(anna)
    assert draft.labels[-4:-1] == (ME_TOO, "🙋 Я тоже · #7", SEND)
    assert "Похоже на #118 «Течёт <кран>»: открыта " in draft.text
    assert ", в том же месте. То же самое ещё у 2 человек" in draft.text


async def test_the_draft_becomes_a_join_and_a_comment(gate: System) -> None:
    gate.api.similar = [like()]
    anna = await gate.someone()
    draft = await drafted(anna)
    await anna.press(draft, ME_TOO, timeout=0)
    (join,) = await gate.commands.wait_for(1, JOIN)
    (comment,) = await gate.commands.wait_for(1, COMMENT)
    assert join.data.request_id == comment.data.request_id == gate.api.similar[0].request_id
    assert join.data.origin.message_id == draft.id
    assert join.data.origin.callback_query_id is not None
    assert comment.data.text == "Течёт кран на кухне"
    assert comment.data.origin.callback_query_id is None
    assert join.id != comment.id
    await gate.confirmed()
    fresh = await drafted(anna, "А ещё перегорела лампа")
    assert "кран на кухне" not in fresh.text


async def test_pressed_twice_the_comment_is_the_same_command(gate: System) -> None:
    gate.api.similar = [like()]
    anna = await gate.someone()
    draft = await drafted(anna)
    await anna.press(draft, ME_TOO, timeout=0)
    await anna.press(draft, ME_TOO, timeout=0)
    comments = await gate.commands.wait_for(2, COMMENT)
    assert len({comment.id for comment in comments}) == 1


async def test_long_words_are_not_lost(gate: System) -> None:
    gate.api.similar = [like()]
    anna = await gate.someone()
    words = " ".join(f"слово{n}" for n in range(100))
    draft = await drafted(anna, words)
    await anna.press(draft, ME_TOO, timeout=0)
    first, second = await gate.commands.wait_for(2, COMMENT)
    assert f"{first.data.text.removesuffix('…')} {second.data.text}" == words


async def test_nothing_is_offered_while_the_api_is_silent_and_filing_goes_on(gate: System) -> None:
    gate.api.similar, gate.api.similar_may = [like()], asyncio.Event()
    anna = await gate.someone()
    draft = await drafted(anna)
    assert ME_TOO not in draft.labels
    await anna.press(draft, SEND, timeout=0)
    await gate.commands.wait_for(1, CREATE)
    gate.api.similar_may.set()


async def test_a_button_whose_draft_is_forgotten_says_so(gate: System) -> None:
    gate.api.similar = [like()]
    anna = await gate.someone()
    draft = await drafted(anna)
    await gate.forget(anna, f"draft:{draft.id}")
    answer = await anna.press(draft, ME_TOO)
    assert answer is not None
    assert answer.alert
