"""What Telegram says no with, by what may be done about it."""

from __future__ import annotations

from zavhoz_contracts.errors import Outage, Permanent, Transient


class TelegramUnavailable(Outage):
    """Telegram does not answer, or does not accept the bot's token."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="telegram")


class TelegramBusy(Transient):
    """A server error of Telegram's: it did nothing, and may do it later."""


class TelegramUnknown(Transient):
    """The request was sent and no answer came: whether Telegram did it is not known."""


class TooManyRequests(Transient):
    """Flood control (429); `retry_after` seconds are to be waited."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message, retry_after=retry_after)
        self.wait = retry_after


class PollingConflict(Transient):
    """Another process polls with this token (409), or a webhook is set."""


class ChatMigrated(Transient):
    """The group became a supergroup and goes on under another id."""

    def __init__(self, new_chat_id: int) -> None:
        super().__init__(f"the chat goes on as {new_chat_id}")
        self.new_chat_id = new_chat_id


class Unreachable(Permanent):
    """This person cannot be written to: they blocked the bot, never wrote to it, or are gone."""

    reason = "unreachable"


class MessageGone(Permanent):
    """The message to edit, delete or reply to is not there, or not the bot's to change."""

    reason = "message_gone"


class ThreadGone(Permanent):
    """The topic is not there any more: somebody has deleted it."""

    reason = "thread_gone"


class TopicClosed(Permanent):
    """The topic is closed, and the bot may not write there so."""

    reason = "topic_closed"


class NoForum(Permanent):
    """The group has no topics."""

    reason = "no_forum"


class NotEnoughRights(Permanent):
    """The bot is in the group, but may not do this there."""

    reason = "not_enough_rights"


class NotModified(Permanent):
    """The message shows this already: a success."""

    reason = "not_modified"


class QueryTooOld(Permanent):
    """The press cannot be answered any more: it counts as answered."""

    reason = "query_too_old"


class FileTooBig(Permanent):
    """Telegram does not give out files over 20 MB to bots."""

    reason = "file_too_big"


class Refused(Permanent):
    """Any other 4xx: a mistake of ours."""

    reason = "refused"
