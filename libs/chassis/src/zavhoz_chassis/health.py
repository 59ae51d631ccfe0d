"""What keeps a process from doing its work, by name: what readiness and liveness answer from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from prometheus_client import Counter, Gauge

STARTED: Final = "started"
"""The check of the process itself: fine as soon as its parts run."""
_READY = Gauge("zavhoz_ready", "1 while this check is fine, 0 while it keeps the service from working", ["check"])
_FAILED = Counter(
    "zavhoz_unready", "How often a check that was fine, or new, was not: also for less than a scrape", ["check"]
)
_ALIVE = Gauge("zavhoz_alive", "1 while this check is fine, 0 when only a restart can help", ["check"])
_log = structlog.get_logger("zavhoz.health")


@dataclass(frozen=True, slots=True)
class Check:
    """One reason to be ready, or not; `detail` says why not."""

    ok: bool
    detail: str = ""


class Health:
    """The checks of one process. It is ready when every check is fine and it is not draining.

    It is alive until something says that only a restart can help: a dependency that is away is no reason for that.
    """

    def __init__(self) -> None:
        self._dead: dict[str, str] = {}
        self._checks: dict[str, Check] = {}
        self._said: dict[str, bool] = {}
        self.draining = False

    def declare(self, name: str) -> None:
        """Add a check that is not fine until it is set, which needs no line in the log."""
        self._keep(name, Check(ok=False, detail="starting"))

    def set(self, name: str, ok: bool, detail: str = "") -> None:
        """Say how a check stands. The first word about it and each change is logged once, whichever way it goes."""
        before = self._said.get(name)
        self._said[name] = ok
        self._keep(name, Check(ok, "" if ok else detail))
        if ok and not before:
            _log.info("ready", check=name)
        elif not ok and before is not False:
            _FAILED.labels(name).inc()
            _log.warning("not ready", check=name, detail=detail)

    def live(self, name: str, ok: bool, detail: str = "") -> None:
        """Say whether a restart is wanted on account of `name` (it is not `ok`). Each change is logged once."""
        if not ok and name not in self._dead:
            _log.error("a restart is wanted", check=name, detail=detail)
        elif ok and name in self._dead:
            _log.warning("no restart is wanted any more", check=name)
        if ok:
            self._dead.pop(name, None)
        else:
            self._dead[name] = detail
        _ALIVE.labels(name).set(ok)

    @property
    def dead(self) -> dict[str, str]:
        """Why a restart is wanted, by check; empty while the process is alive."""
        return dict(self._dead)

    def _keep(self, name: str, check: Check) -> None:
        self._checks[name] = check
        _READY.labels(name).set(check.ok)

    @property
    def starting(self) -> bool:
        """Whether the service's own part of the process is still being built."""
        check = self._checks.get(STARTED)
        return check is not None and not check.ok

    @property
    def ready(self) -> bool:
        """Whether the process can take work now."""
        return not self.draining and all(check.ok for check in self._checks.values())

    def report(self) -> dict[str, str]:
        """Each check's name and `ok`, or what is wrong with it."""
        checks = {name: "ok" if check.ok else check.detail or "failed" for name, check in self._checks.items()}
        return {**checks, "draining": "yes"} if self.draining else checks
