"""A running service carries about what it uses, and nothing that is large and for others."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

MIGRATING = {"alembic", "mako"}
BOT = {"aiogram"}
NEVER = {
    "rich",
    "botocore",
    "boto3",
    "matplotlib",
    "numpy",
    "pytest",
    "hypothesis",
    "zavhoz_sandbox",
    "zavhoz_devstack",
}
API = {"fastapi"}
UNWANTED = {
    "requests": {*MIGRATING, *BOT, *NEVER, "obstore", "redis", "PIL"},
    "notifier": {*MIGRATING, *BOT, *NEVER, *API, "obstore", "PIL", "fpdf", "segno"},
    "files": {*MIGRATING, *BOT, *NEVER, "redis", "PIL"},
    "gateway": {*MIGRATING, *NEVER, *API, "obstore", "sqlalchemy", "asyncpg", "PIL"},
}
"""Top-level packages by service; images and PDF files are made in a process of their own."""


async def imported(code: str) -> set[str]:
    """The top-level packages that a fresh process has imported after this code."""
    code += "; import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return set(json.loads(output.splitlines()[-1]))


@pytest.mark.parametrize("service", UNWANTED)
async def test_a_service_imports_what_it_uses(service: str) -> None:
    lean = (
        "import zavhoz_chassis; from zavhoz_gateway.lean_aiogram import import_aiogram; import_aiogram(); "
        if service == "gateway"
        else ""
    )
    found = await imported(f"{lean}import zavhoz_{service}.__main__, zavhoz_{service}.bootstrap")
    assert found & UNWANTED[service] == set()
    assert f"zavhoz_{service}" in found


async def test_help_and_migrations_import_no_bootstrap() -> None:
    found = await imported("import zavhoz_gateway.__main__, zavhoz_notifier.__main__, zavhoz_files.__main__")
    assert found & {"aiogram", "redis", "obstore", "aio_pika", "sqlalchemy"} == set()
