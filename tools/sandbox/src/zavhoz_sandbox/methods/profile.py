"""The bot itself: getMe, its commands, its description."""

from __future__ import annotations

from typing import Any

from zavhoz_sandbox.arguments import Arguments, CommandsArgument, NoArguments, ScopeArgument, checked
from zavhoz_sandbox.world import World


async def get_me(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getme"""
    checked(NoArguments, given)
    return {**world.bot(), "can_join_groups": True, "can_read_all_group_messages": False}


class SetMyCommands(Arguments):
    """The arguments of setMyCommands."""

    commands: CommandsArgument
    scope: ScopeArgument = None
    language_code: str | None = None


async def set_my_commands(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#setmycommands"""
    arguments = checked(SetMyCommands, given)
    world.commands[arguments.language_code or ""] = [command.model_dump() for command in arguments.commands]
    return True
