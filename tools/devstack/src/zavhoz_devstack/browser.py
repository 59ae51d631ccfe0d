"""The browser that the page's tests and pictures are made with: an installed Chromium, or Debian's where there is none.

Without one nothing else fails: the tests that need it are skipped, and say why.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from zavhoz_devstack.servers.install import apt_install

VARIABLE = "ZAVHOZ_BROWSER"
"""Names the program of a Chromium or Chrome that is not in the PATH."""
_PROGRAMS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-noto-color-emoji")
"""The browser, and fonts for Russian and for emoji, without which pictures show empty boxes."""
_ARGUMENTS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--font-render-hinting=none")


class BrowserMissing(Exception):
    """There is no browser; says where one was looked for and what to type."""


def program(environment: Mapping[str, str] = os.environ) -> str:
    """The browser's path.

    Raises:
        BrowserMissing: there is none, or ZAVHOZ_BROWSER names no program.
    """
    named = environment.get(VARIABLE)
    if named:
        if not os.access(named, os.X_OK) or not Path(named).is_file():
            raise BrowserMissing(f"{VARIABLE} must be the path of a Chromium or Chrome; {named} is no program.")
        return named
    for name in _PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            return found
    raise BrowserMissing(
        f"There is no {', '.join(_PROGRAMS[:-1])} or {_PROGRAMS[-1]}. Install one with: "
        f"sudo apt-get install --no-install-recommends {' '.join(PACKAGES)} (or name one by {VARIABLE})."
    )


def arguments() -> list[str]:
    """How it is started. Its sandbox refuses to run as root, and is kept for everybody else."""
    return [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def ensure_installed(say: Callable[[str], None] = print) -> bool:
    """Install Debian's Chromium where there is no browser, as root; says what is done, or why there is none.

    Returns whether there is one now. Never raises for want of it.
    """
    try:
        program()
    except BrowserMissing as missing:
        if os.environ.get(VARIABLE) or os.geteuid() != 0 or shutil.which("apt-get") is None:
            say(f"The tests in a browser will be skipped. {missing}")
            return False
    else:
        return True
    say("Installing Chromium and fonts with apt-get: the chat page is tested in it.")
    problem = apt_install(*PACKAGES)
    try:
        program()
    except BrowserMissing as missing:
        say(f"The tests in a browser will be skipped: apt-get did not install Chromium.\n{problem}\n{missing}")
        return False
    return True
