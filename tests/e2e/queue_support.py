"""What stories about the queue share: filing at a place, the queue, and what is pressed under it."""

from __future__ import annotations

from uuid import UUID

from e2e_support import Running, button, number_of

from zavhoz_sandbox.client import Person, SeenMessage


async def filed(person: Person, words: str, *, at: str | None = None, priority: str = "🟡") -> int:
    """File a request with so much of a priority button, at the place of a printed code; returns its number."""
    if at is not None:
        await person.text(f"/start loc_{at}")
    await person.text(words)
    draft = await person.wait_for(lambda one: words in one.text and "📨" in "".join(one.labels))
    await person.press(draft, button(draft, priority))
    sent = await person.press(draft, button(draft, "📨"))
    assert sent is not None
    assert not sent.alert, sent
    return number_of(await person.wait_for(lambda one: one.id == draft.id and one.text.startswith("#")))


async def shown(person: Person, title: str = "🛠") -> SeenMessage:
    """The queue, asked for."""
    asked = await person.text("/queue")
    return await person.wait_for(lambda one: one.text.startswith(title), after=asked.id)


async def tap(person: Person, message: SeenMessage, *labels: str) -> SeenMessage:
    """Press buttons of a message one after another, each answered without words; the message as it stands then."""
    for label in labels:
        answer = await person.press(message, button(message, label))
        assert answer is not None
        assert not answer.text, answer
        message = next(one for one in await person.chat() if one.id == message.id)
    return message


def numbers(message: SeenMessage) -> list[int]:
    """The requests that a list has, in its order."""
    return [int(label[1:]) for label in message.labels if label.startswith("#")]


async def id_of(running: Running, number: int) -> UUID:
    """The id of the request with this number."""
    (found,) = await running.values("requests", "SELECT id FROM requests WHERE number = $1", number)
    return UUID(str(found))
