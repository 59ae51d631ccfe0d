"""Canned replies, as the read API shows them."""

from __future__ import annotations

from uuid import UUID

from pydantic import RootModel

from zavhoz_contracts.message import Payload


class Reply(Payload):
    """Something that the staff can say by a press."""

    reply_id: UUID
    language: str
    text: str


class Replies(RootModel[tuple[Reply, ...]]):
    """Replies in the order in which they were made."""
