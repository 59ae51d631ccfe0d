"""What every service stands on: settings, logs, metrics, health server, database, start and graceful stop."""

import sys

if "structlog" not in sys.modules and "rich" not in sys.modules:
    # structlog imports rich wherever tools for developing have brought it, 7 MB in each service, for tracebacks that we
    # do not show. None makes the import fail (https://docs.python.org/3/reference/import.html#the-module-cache), as it
    # does in an image.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog as structlog

    del sys.modules["rich"]
