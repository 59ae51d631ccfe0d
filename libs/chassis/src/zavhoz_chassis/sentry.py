"""Unexpected errors, told to Sentry once each, without anybody's words. Imported only with SENTRY_DSN.

What is told: the error's class and its stack without variables, the ids that lead to the log, and the random id of the
person concerned. What is not: the error's text and the log line's values (they may hold what people typed), requests,
breadcrumbs, modules, the machine's environment. None of Sentry's integrations is on: they would send some of that.
"""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import sentry_sdk
from sentry_sdk.consts import VERSION, EndpointType
from sentry_sdk.utils import Dsn

from zavhoz_chassis import metrics
from zavhoz_chassis.settings import TelemetrySettings
from zavhoz_chassis.telemetry import Finish
from zavhoz_contracts.errors import ZavhozError

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

_TAGS: Final = (
    "correlation_id",
    "causation_id",
    "message_id",
    "message_type",
    "queue",
    "component",
    "trace_id",
    "span_id",
)
_KEPT: Final = frozenset(
    {
        *("event_id", "timestamp", "level", "platform", "logger", "logentry", "exception", "user", "tags"),
        *("release", "environment", "server_name", "sdk"),
    }
)
_FRAME: Final = frozenset(
    {"filename", "abs_path", "module", "function", "lineno", "in_app", "pre_context", "context_line", "post_context"}
)
_TOLD: Final = "in the log, by the correlation id"


def begin(service: str, settings: TelemetrySettings) -> Finish:
    """Tell Sentry of every error that is logged with its traceback and was not raised on purpose.

    Call it after `configure_logs`. Returns what sends the rest at the end.
    """
    if settings.sentry_dsn is None:
        raise ValueError("no SENTRY_DSN")
    sentry_sdk.init(
        settings.sentry_dsn.get_secret_value(),
        release=settings.sentry_release or f"zavhoz@{version('zavhoz-chassis')}",
        environment=settings.sentry_environment,
        sample_rate=settings.sentry_sample_rate,
        before_send=scrubbed,
        default_integrations=False,
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        propagate_traces=False,
        enable_metrics=False,
        shutdown_timeout=0,
    )
    sentry_sdk.set_tag("service", service)
    logging.getLogger().addHandler(Telling())
    return lambda seconds: sentry_sdk.flush(timeout=seconds)


def spans_endpoint(dsn: str) -> tuple[str, dict[str, str]]:
    """Where Sentry takes spans over OTLP, and the headers that let them in (https://docs.sentry.io/concepts/otlp/)."""
    auth = Dsn(dsn).to_auth(f"sentry.python/{VERSION}")
    return auth.get_api_url(EndpointType.OTLP_TRACES), {"X-Sentry-Auth": auth.to_header()}


class Telling(logging.Handler):
    """Tells of errors as they are logged: a failure is logged once, so it is told once."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        """Tell, if there is an error in the record, and nobody raised it on purpose."""
        values = record.msg if isinstance(record.msg, dict) else {}
        error = _error_of(values.get("exc_info") or record.exc_info)
        if error is None or isinstance(error, ZavhozError) or not isinstance(error, Exception):
            return
        with sentry_sdk.new_scope() as scope:
            if person_id := values.get("person_id"):
                scope.set_user({"id": str(person_id)})
            for name in _TAGS:
                if (value := values.get(name)) is not None:
                    scope.set_tag(name, str(value))
            # Our own events are constant texts; a library's may have anything in its arguments, but not in its format.
            said = values.get("event") if values else record.msg
            scope.set_extra("said", str(said))
            sentry_sdk.capture_exception(error)
        metrics.ERRORS_REPORTED.inc()


def _error_of(info: Any) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    return info[1] if isinstance(info, tuple) else None


def scrubbed(event: Event, _: Hint) -> Event:
    """The event with what is known to hold nobody's words, and nothing else."""
    said = event.get("extra", {}).get("said")
    kept: Any = {name: value for name, value in event.items() if name in _KEPT}
    tags = event.get("tags", {})
    trace = {name: tags[name] for name in ("trace_id", "span_id") if name in tags}
    kept["contexts"] = {"runtime": event.get("contexts", {}).get("runtime", {}), **({"trace": trace} if trace else {})}
    if said is not None:
        kept["logentry"] = {"message": said}
    for error in kept.get("exception", {}).get("values", []):
        error["value"] = _TOLD
        error.pop("mechanism", None)
        for frame in error.get("stacktrace", {}).get("frames", []):
            for name in frame.keys() - _FRAME:
                del frame[name]
    return kept  # type: ignore[no-any-return]  # an event, less some of its items
