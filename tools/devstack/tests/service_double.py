"""What a service looks like from outside: `migrate`, and `run` with a health server, until SIGTERM.

Says what it was told in a line of JSON; appends its name to the file STOPPED_FILE when it is asked to end. Fails to
start when FAIL_TO_START names it. The tests copy this file to where Python looks for the real services' `__main__`.
"""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Health(BaseHTTPRequestHandler):
    """Everything is well."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing about requests."""


def main(name: str, arguments: list[str]) -> None:
    """Be that service, or the stand-in for Telegram, which is told its port by an argument."""
    print(json.dumps({"arguments": arguments, "environment": dict(os.environ)}), flush=True)
    if arguments == ["migrate"]:
        return
    if os.environ.get("FAIL_TO_START") == name:
        sys.exit(f"{name} will not start")

    def ending(*_: object) -> None:
        if "STOPPED_FILE" in os.environ:
            with Path(os.environ["STOPPED_FILE"]).open("a") as file:
                file.write(f"{name}\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, ending)
    port = arguments[arguments.index("--port") + 1] if "--port" in arguments else os.environ["HTTP_PORT"]
    HTTPServer(("127.0.0.1", int(port)), Health).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[0]).parent.name.removeprefix("zavhoz_"), sys.argv[1:])
