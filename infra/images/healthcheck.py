"""Whether the process in this container lives: `healthcheck.py [/livez]` asks it and exits with 0 or 1.

`/readyz` instead asks whether it can do its work. The port is HTTP_PORT, 8080 by default.
"""

import http.client
import os
import sys

SECONDS = 4


def healthy(path: str) -> bool:
    """Whether the answer is 200; anything else is printed, for `docker inspect` to show."""
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("HTTP_PORT") or 8080), timeout=SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = f"{answer.status} {answer.read(1000).decode(errors='replace')}"
    except OSError as error:
        said = f"no answer: {error}"
    finally:
        connection.close()
    if said.startswith("200 "):
        return True
    print(said)
    return False


if __name__ == "__main__":
    sys.exit(not healthy(sys.argv[1] if len(sys.argv) > 1 else "/livez"))
