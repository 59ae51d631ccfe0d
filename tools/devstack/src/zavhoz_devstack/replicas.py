"""What each gateway of a stack says of itself."""

import re

import aiohttp

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import kind_of


async def updates_finished(stack: Devstack) -> dict[str, int]:
    """How many updates each running gateway has finished since its last start, whatever came of them."""
    return await _of_gateways(stack, r"zavhoz_updates_total\{.*\}")


async def updates_in_hand(stack: Devstack) -> dict[str, int]:
    """How many updates each running gateway has in hand."""
    return await _of_gateways(stack, "zavhoz_updates_in_hand")


async def _of_gateways(stack: Devstack, metric: str) -> dict[str, int]:
    found: dict[str, int] = {}
    async with aiohttp.ClientSession() as session:
        for name, service in stack.services.items():
            if kind_of(name) == "gateway" and service.running:
                async with session.get(f"{service.url}/metrics") as answer:
                    samples = re.findall(rf"^{metric} (\S+)$", await answer.text(), re.MULTILINE)
                found[name] = int(sum(map(float, samples)))
    return found
