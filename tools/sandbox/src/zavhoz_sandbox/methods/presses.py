"""Answers to presses: answerCallbackQuery."""

from __future__ import annotations

from typing import Any, Final

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import Arguments, checked
from zavhoz_sandbox.entities import units
from zavhoz_sandbox.world import CALLBACK_SECONDS, World

ANSWER_MAX: Final = 200


class AnswerCallbackQuery(Arguments):
    """The arguments of answerCallbackQuery."""

    callback_query_id: str
    text: str | None = None
    show_alert: bool | None = None
    url: str | None = None
    cache_time: int | None = None


async def answer_callback_query(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#answercallbackquery"""
    arguments = checked(AnswerCallbackQuery, given)
    press = world.presses.get(arguments.callback_query_id)
    if press is None or press.answer is not None or world.clock.now() - press.pressed_at > CALLBACK_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if units(arguments.text or "") > ANSWER_MAX:
        raise bad_request("MESSAGE_TOO_LONG")
    if arguments.url is not None:
        raise bad_request("URL_INVALID")  # only games and links to the bot itself have one; the stand-in knows neither
    press.seconds = world.clock.now() - press.pressed_at - (press.own_seconds or 0.0)
    press.answer = {"text": arguments.text or "", "show_alert": bool(arguments.show_alert)}
    press.answered.set()
    world.journal.add("answered", press)
    return True
