"""People at work, by the hundred: they report, comment, take and complete, all at once, and go on whatever happens.

Each thing they do is written down with the id of the command that must come of it (`identity`), so that afterwards each
can be looked for: applied, refused with a reason, a dead letter, or honestly answered. Anything else is lost.
"""

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from zavhoz_contracts.identity import command_id_of_message, command_id_of_press
from zavhoz_devstack.environment import MANAGER_ID, UNHURRIED
from zavhoz_devstack.faults.chats import MARK, Chats, Shown
from zavhoz_devstack.sample import picture
from zavhoz_sandbox.client import Person, SandboxClient

MANAGERS = (MANAGER_ID, MANAGER_ID + 1)
FIRST_REQUESTER = 740_001
RATES = {
    "SEND_RATE": "10000",
    "CHAT_RATE": "10000",
    "LEASE_SECONDS": "3",
    **UNHURRIED,
}
"""Settings under which a crowd is not held up by the limits of Telegram and of a person."""
_PATIENCE = 60.0
_AGAIN_SECONDS = 1.0
_AS_IS = "Черновики сейчас не работают"
"""A message was filed without a draft, for there was nothing to keep one in."""
_GONE = "черновика больше нет"
_SEND, _TAKE, _COMPLETE, _WITHOUT_WORDS = "📨 Отправить", "🔧 Взять в работу", "✅ Выполнено", "✅ Без слов"


@dataclass(frozen=True, slots=True)
class Intent:
    """Something done that must become a command. `cause` is a message's id, or a press's."""

    kind: str
    command_id: UUID
    chat: int
    cause: int | str
    mark: str = ""


class Crowd:
    """`people` requesters and two managers; crowds of different `number` are of different people.

    Everybody waits for an answer as long as a patient person would.
    """

    def __init__(
        self,
        sandbox: SandboxClient,
        chats: Chats,
        bot_id: int,
        *,
        people: int = 12,
        number: int = 0,
        managers: Sequence[int] = MANAGERS,
        comments: int = 3,
        photo_every: int = 10,
        double_taps: float = 0.1,
        patience: float = _PATIENCE,
    ) -> None:
        self.intents: list[Intent] = []
        self.drafts: list[tuple[int, int, str]] = []
        """Chat, message and mark of what was written to become a draft."""
        self.gave_up: list[str] = []
        """What somebody has waited for in vain, one sentence each."""
        self.people = [FIRST_REQUESTER + 1000 * number + one for one in range(people)]
        self.managers = tuple(managers)
        self._sandbox = sandbox
        self._chats = chats
        self._bot_id = bot_id
        self._comments = comments
        self._photo = picture(64, 48)
        self._photo_every = photo_every
        self._double_taps = double_taps
        self._patience = patience
        self._open: dict[int, int] = {}
        """The message that somebody's draft began with, while it is there."""
        self._numbers = itertools.count(1)
        self._random = random.Random(number)  # noqa: S311  # nosec B311: the same crowd does the same again
        self._stop = asyncio.Event()

    @property
    def commands(self) -> int:
        """How many commands were given so far."""
        return len(self.intents)

    async def arrive(self) -> None:
        """Everybody presses START: the managers first, so that they hear of all that comes."""
        for id in self.managers:
            await self._arrive(id, f"Завхоз {id}")
        async with asyncio.TaskGroup() as group:
            for id in self.people:
                group.create_task(self._arrive(id, f"Житель {id}"))

    async def work(self) -> None:
        """Work until `stop`, then finish what was begun."""
        async with asyncio.TaskGroup() as group:
            seen = [self._chats.watch(id) for id in self.managers]
            for id, cards in zip(self.managers, seen, strict=True):
                group.create_task(self._manage(id, cards))
            async with asyncio.TaskGroup() as requesters:
                for id in self.people:
                    requesters.create_task(self._report(id))
            for cards in seen:
                cards.put_nowait(None)

    def stop(self) -> None:
        """Begin nothing new."""
        self._stop.set()

    async def until(self, commands: int) -> None:
        """Wait until so many commands were given.

        Raises:
            AssertionError: nobody has given a command for two minutes.
        """
        seen = -1
        while self.commands < commands:
            if seen == self.commands:
                raise AssertionError(f"the crowd has come to a halt at {seen} commands: {self.gave_up[-3:]}")
            seen = self.commands
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * self._patience):
                    while self.commands < min(commands, seen + 1):  # noqa: ASYNC110  # given by many tasks
                        await asyncio.sleep(0.02)

    async def _arrive(self, id: int, name: str) -> None:
        person = await self._sandbox.person(id, name)
        for _ in range(3):
            said = await person.text("/start")
            self._intend("register", id, said.id, ordinal=1)
            if await self._chats.see(id, lambda one: name in one.text, after=said.id, seconds=self._patience):
                return
        raise AssertionError(f"{name} was not greeted")

    async def _report(self, id: int) -> None:
        person = Person(self._sandbox, id, f"Житель {id}")
        while not self._stop.is_set():
            mark = f"q{id}x{next(self._numbers)}"
            card = await self._file(person, mark)
            for number in range(self._comments if card else 0):
                if card is not None and not self._stop.is_set():
                    await self._comment(person, card, f"{mark}c{number}")

    async def _file(self, person: Person, mark: str) -> Shown | None:
        words = f"{mark}: не горит свет"
        if self._random.random() * self._photo_every < 1:
            said = await person.photo(self._photo, caption=words)
        else:
            said = await person.text(words)
        self.drafts.append((person.id, said.id, mark))

        def answered(one: Shown) -> bool:
            return (mark in one.text and (_SEND in one.labels or one.text.startswith("#"))) or _AS_IS in one.text

        # One that was not sent goes on where it is, above what is said now.
        since = self._open.setdefault(person.id, said.id)
        draft = await self._look(person.id, said.id, answered, f"draft {mark}", since)
        if self._chats.chats[person.id].newest(lambda one: _AS_IS in one.text, said.id):
            self._intend("create", person.id, said.id, mark)  # its number comes when somebody takes it
        elif draft is not None and _SEND in draft.labels and not await self._send(person, draft, mark, since):
            return None
        card = await self._look(
            person.id, said.id, lambda one: mark in one.text and one.text.startswith("#"), f"card {mark}", since
        )
        if card is not None:
            del self._open[person.id]
        return card

    async def _send(self, person: Person, draft: Shown, mark: str, after: int) -> bool:
        """Press [Send] until it is taken; False when the bot has said that it is not, and why."""
        answered = None
        deadline = time.monotonic() + 5 * self._patience
        while time.monotonic() < deadline:
            if (query := await self._press("create", person, draft, _SEND, mark)) is None:
                return True
            answered = await self._answer(person.id, query)
            if answered is not None and (not answered[1] or _GONE in answered[0]):
                return not answered[1]
            # "Try again in a minute", or nobody answered: so it is pressed again, where it stands now.
            if answered is not None:
                await asyncio.sleep(_AGAIN_SECONDS)
            now = self._chats.chats[person.id].newest(lambda one: _SEND in one.labels and mark in one.text, after)
            if now is None:
                return True
            draft = now
        return answered is None

    async def _comment(self, person: Person, card: Shown, mark: str) -> None:
        said = await person.text(f"{mark}: всё ещё так", reply_to=card.id)
        self._intend("comment", person.id, said.id, mark)
        done = f"{card.text.split()[0]}: комментарий"
        await self._look(person.id, said.id, lambda one: one.text.startswith(done), f"answer to {mark}")

    async def _manage(self, id: int, seen: asyncio.Queue[Shown | None]) -> None:
        person = Person(self._sandbox, id, f"Завхоз {id}")
        pressed: set[tuple[int, str]] = set()
        while (card := await seen.get()) is not None:
            label = next((label for label in (_COMPLETE, _TAKE) if label in card.labels), None)
            if label is None or (card.id, label) in pressed or not MARK.search(card.text):  # only what a crowd wrote
                continue
            pressed.add((card.id, label))
            if label == _COMPLETE:
                asked = await self._done(person, card)
                if asked is None:
                    continue
                card, label = asked, _WITHOUT_WORDS
            for _ in range(2 if self._random.random() < self._double_taps else 1):  # some tap twice
                await self._press("take" if label == _TAKE else "complete", person, card, label)

    async def _done(self, person: Person, card: Shown) -> Shown | None:
        """Press [Done]; the question what was done, None when the bot cannot ask, or the button is no longer there."""
        before = max(self._chats.chats[person.id].messages, default=0)
        try:
            query = await person.begin_press(card.id, _COMPLETE)
        except ValueError:
            return None

        def probe() -> tuple[Shown | None] | None:
            asked = self._chats.chats[person.id].newest(lambda one: _WITHOUT_WORDS in one.labels, before)
            _, alert = self._chats.answers.get(query, ("", False))
            return (asked,) if asked is not None or alert else None

        found = await self._chats.wait(person.id, probe, self._patience)
        if found is None:
            self.gave_up.append(f"{person.id} has waited in vain for the question about {card.text.split()[0]}")
        return None if found is None else found[0]

    async def _press(self, kind: str, person: Person, message: Shown, label: str, mark: str = "") -> str | None:
        """The press's id; None when the button is no longer there."""
        try:
            query = await person.begin_press(message.id, label)
        except ValueError:
            return None
        self._intend(kind, person.id, query, mark)
        return query

    async def _answer(self, chat: int, query: str) -> tuple[str, bool] | None:
        return await self._chats.wait(chat, lambda: self._chats.answers.get(query), self._patience)

    async def _look(
        self, chat: int, after: int, wanted: Callable[[Shown], bool], what: str, since: int | None = None
    ) -> Shown | None:
        """What is wanted, above `since` or else `after`; None: not in time, or the bot says that it did not do it."""

        def probe() -> Shown | None:
            found = self._chats.chats[chat].newest(wanted, after if since is None else since)
            return found or self._chats.honest(chat, after)

        found = await self._chats.wait(chat, probe, self._patience)
        if found is None:
            self.gave_up.append(f"{chat} has waited in vain for {what}")
        return found if found is not None and wanted(found) else None

    def _intend(self, kind: str, chat: int, cause: int | str, mark: str = "", ordinal: int = 0) -> None:
        if isinstance(cause, str):
            command_id = command_id_of_press(self._bot_id, cause, ordinal)
        else:
            command_id = command_id_of_message(self._bot_id, "message", chat, cause, ordinal=ordinal)
        self.intents.append(Intent(kind, command_id, chat, cause, mark))


@contextlib.asynccontextmanager
async def working(crowd: Crowd) -> AsyncIterator[Crowd]:
    """A crowd that is there and works while inside; leaving lets everybody finish what was begun."""
    await crowd.arrive()
    async with asyncio.TaskGroup() as group:
        group.create_task(crowd.work(), name="crowd")
        try:
            yield crowd
        finally:
            crowd.stop()
