"""A file as a person gets it: by a link that is signed and expires."""

from uuid import UUID

from aiohttp import ClientSession

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MANAGER_ID


async def download(stack: Devstack, attachment_id: UUID, as_: str = f"tg:{MANAGER_ID}") -> bytes:
    """Ask for a link, as the gateway would for the person `as_`, and follow it, as their browser would.

    Raises:
        ClientResponseError: one of the two was refused.
    """
    headers = {"Authorization": f"Bearer {stack.addresses.tokens['gateway']}"}
    asked = f"{stack.services['files'].url}/v1/attachments/{attachment_id}/link"
    async with ClientSession(raise_for_status=True) as session:
        async with session.post(asked, params={"as": as_}, headers=headers) as answer:
            link = (await answer.json())["url"]
        async with session.get(link) as answer:
            return await answer.read()
