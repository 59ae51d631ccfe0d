"""How somebody of the school gives a command, as the gateway would have published it: the same ids each time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Actor, Message, Origin
from zavhoz_devstack.seeding.desk import Category
from zavhoz_devstack.seeding.people import Known

SOURCE: Final = "/zavhoz/gateway"
_NAMESPACE: Final = UUID("b3b3a6f0-52a4-5c5e-8d0e-9f1f5b6c7a01")


def named(name: str) -> UUID:
    """The id of what has this name."""
    return uuid5(_NAMESPACE, name)


def request_id(number: int) -> UUID:
    """The id of the request with this number: of the case that was filed so late, from 1."""
    return named(f"request {number}")


def category_id(category: Category) -> UUID:
    """The id of a category."""
    return named(f"category {category.key}")


def command(
    who: Known, kind: type[Message], at: datetime, name: str, *, chat: int | None = None, **given: Any
) -> Envelope[Any]:
    """What somebody asks, in their own chat if no other one is named; the id comes from `name`."""
    actor = Actor(telegram_id=who.id, name=who.name, language=who.language, seen_at=at)
    origin = Origin(chat_id=chat or who.id, language=who.language)
    data = kind.model_validate({"actor": actor, "origin": origin, **given})
    subject = f"request/{given['request_id']}" if "request_id" in given else f"person/{who.id}"
    return wrap(data, source=SOURCE, subject=subject, id=named(name), time=at)
