"""The bot itself: getMe, its commands by scope and language, its descriptions by language."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import Arguments, NoArguments, checked, decoded
from zavhoz_sandbox.world import World

COMMANDS_MAX: Final = 100
_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE: Final = re.compile(r"([a-z]{2})?")


class BotCommand(BaseModel):
    """One entry of the menu of commands."""

    model_config = ConfigDict(extra="forbid")

    command: str
    description: str


class Scope(BaseModel):
    """Whom commands are for (https://core.telegram.org/bots/api#botcommandscope)."""

    model_config = ConfigDict(extra="forbid")

    type: Literal[
        "default",
        "all_private_chats",
        "all_group_chats",
        "all_chat_administrators",
        "chat",
        "chat_administrators",
        "chat_member",
    ] = "default"
    chat_id: int | None = None
    user_id: int | None = None


class InLanguage(Arguments):
    """What most of these have in common: a two-letter code of ISO 639-1, or none for everybody else."""

    language_code: str = ""


class InScope(InLanguage):
    """And for whom."""

    scope: Annotated[Scope, BeforeValidator(decoded)] = Scope()


class SetMyCommands(InScope):
    """The arguments of setMyCommands."""

    commands: Annotated[list[BotCommand], BeforeValidator(decoded)]


class SetMyDescription(InLanguage):
    """The arguments of setMyDescription."""

    description: str = Field(default="", max_length=512)


class SetMyShortDescription(InLanguage):
    """The arguments of setMyShortDescription."""

    short_description: str = Field(default="", max_length=120)


async def get_me(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getme"""
    checked(NoArguments, given)
    return {
        **world.bot(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def set_my_commands(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setmycommands"""
    arguments = checked(SetMyCommands, given)
    where = _where(world, arguments)
    if len(arguments.commands) > COMMANDS_MAX:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in arguments.commands:
        if not _COMMAND.fullmatch(command.command.removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[where] = [command.model_dump() for command in arguments.commands]
    world.journal.add("commands", None)
    return True


async def get_my_commands(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getmycommands"""
    return world.commands.get(_where(world, checked(InScope, given)), [])


async def delete_my_commands(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#deletemycommands"""
    world.commands.pop(_where(world, checked(InScope, given)), None)
    world.journal.add("commands", None)
    return True


async def set_my_description(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setmydescription"""
    arguments = checked(SetMyDescription, given)
    world.descriptions["description", _language(arguments)] = arguments.description
    world.journal.add("bot", None)
    return True


async def get_my_description(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getmydescription"""
    return {"description": _of_language(world, "description", _language(checked(InLanguage, given)))}


async def set_my_short_description(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setmyshortdescription"""
    arguments = checked(SetMyShortDescription, given)
    world.descriptions["short_description", _language(arguments)] = arguments.short_description
    return True


async def get_my_short_description(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getmyshortdescription"""
    return {"short_description": _of_language(world, "short_description", _language(checked(InLanguage, given)))}


def _of_language(world: World, what: str, language: str) -> str:
    return world.descriptions.get((what, language)) or world.descriptions.get((what, ""), "")


def _language(arguments: InLanguage) -> str:
    if not _LANGUAGE.fullmatch(arguments.language_code):
        raise bad_request("invalid language code specified")
    return arguments.language_code


def _where(world: World, arguments: InScope) -> tuple[str, str]:
    scope = arguments.scope
    if scope.type in ("chat", "chat_administrators", "chat_member"):
        if scope.chat_id is None:
            raise bad_request("chat_id is empty")
        world.chat_for_bot(scope.chat_id)
    return json.dumps(scope.model_dump(exclude_none=True)), _language(arguments)
