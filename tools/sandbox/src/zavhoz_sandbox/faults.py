"""What goes wrong on request: the faults of the network and of Telegram, for a method, a chat, a number of times."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from zavhoz_sandbox.answers import ApiError, bad_request, too_many_requests
from zavhoz_sandbox.journal import Journal


class Kind(StrEnum):
    """What happens to the call."""

    TOO_MANY = "429"
    BLOCKED = "403"
    CHAT_NOT_FOUND = "400"
    SERVER_ERROR = "5xx"
    SLOW = "slow"
    DROP_BEFORE_RECEIPT = "drop_before_receipt"
    DROP_AFTER_RECEIPT = "drop_after_receipt"


class Fault(BaseModel):
    """A fault waiting for calls that it fits; `seconds` for a slow one, `retry_after` for a 429.

    `times`: with how many calls it is used up; None: it stays until it is taken away.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    method: str | None = None
    chat: int | None = None
    times: int | None = Field(default=1, ge=1)
    retry_after: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0, le=60)

    def error(self) -> ApiError | None:
        """What is answered instead, if anything is."""
        match self.kind:
            case Kind.TOO_MANY:
                return too_many_requests(self.retry_after)
            case Kind.BLOCKED:
                return ApiError(403, "Forbidden: bot was blocked by the user")
            case Kind.CHAT_NOT_FOUND:
                return bad_request("chat not found")
            case Kind.SERVER_ERROR:
                return ApiError(502, "Bad Gateway")
            case _:
                return None

    def fail(self) -> None:
        """Answer with the error, if there is one.

        Raises:
            ApiError: as `error` says.
        """
        error = self.error()
        if error is not None:
            raise error


class Faults:
    """The faults that are waiting; each call meets at most one."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._waiting: dict[int, Fault] = {}
        self._last_id = 0

    def waiting(self) -> dict[int, Fault]:
        """Those that wait, by their ids, in the order in which they came."""
        return dict(self._waiting)

    def add(self, fault: Fault) -> int:
        """Let something go wrong; returns the id by which it can be taken away."""
        self._last_id += 1
        self._waiting[self._last_id] = fault
        self._journal.add("faults", None)
        return self._last_id

    def change(self, id: int, part: Mapping[str, Any]) -> None:
        """Have one be as it is but for `part`.

        Raises:
            LookupError: none of this id waits.
            ValidationError: it cannot be so.
        """
        self._waiting[id] = Fault.model_validate({**self._waiting[id].model_dump(), **part})
        self._journal.add("faults", None)

    def clear(self, id: int | None = None) -> None:
        """Take one away, or all."""
        if id is None:
            self._waiting.clear()
        else:
            self._waiting.pop(id, None)
        self._journal.add("faults", None)

    def meet(self, method: str, chat: int | None) -> Fault | None:
        """The first fault that fits this call, used up by one."""
        for id, fault in self._waiting.items():
            if fault.method in (None, method) and fault.chat in (None, chat):
                if fault.times is None:
                    return fault
                if fault.times == 1:
                    del self._waiting[id]
                else:
                    self._waiting[id] = fault.model_copy(update={"times": fault.times - 1})
                self._journal.add("faults", None)
                return fault
        return None
