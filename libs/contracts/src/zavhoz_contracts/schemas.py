"""The committed JSON Schemas: one file per message type, written and checked from the models.

`python -m zavhoz_contracts.schemas write` regenerates them, `check` fails when one is missing, stale or left over.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Final

from pydantic.json_schema import models_json_schema

from zavhoz_contracts.envelope import Envelope, dataschema
from zavhoz_contracts.registry import ROUTES, Route

FOLDER: Final = Path(__file__).resolve().parents[2] / "schemas"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema(route: Route) -> dict[str, object]:
    """The JSON Schema of one message with its envelope, as a reader may rely on it."""
    model: type[Envelope[object]] = Envelope[route.message]  # type: ignore[name-defined, type-var]
    keys, definitions = models_json_schema([(model, "serialization")], ref_template="#/$defs/{model}")
    reference = keys[(model, "serialization")]["$ref"].rsplit("/", 1)[1]
    body = definitions["$defs"].pop(reference)
    body["properties"]["type"] = {"const": route.type}
    body["properties"]["dataschema"] = {"const": dataschema(route.type)}
    # They have defaults in the model, which a reader of the JSON does not know of.
    body["required"] = sorted({*body["required"], "specversion", "type", "datacontenttype", "dataschema"})
    body["title"] = route.type
    body["description"] = " ".join((route.message.__doc__ or "").split())
    return {"$schema": _DIALECT, "$id": dataschema(route.type), **body, "$defs": definitions["$defs"]}


def rendered() -> dict[str, str]:
    """File name to content, for every message in the registry."""
    return {
        f"{route.type}.json": json.dumps(schema(route), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for route in ROUTES
    }


def differences(folder: Path = FOLDER) -> list[str]:
    """What the folder has wrong, one sentence each; empty when it tells the truth."""
    wanted = rendered()
    present = {path.name: path.read_text() for path in folder.glob("*.json")}
    return [
        *(f"{name} is missing" for name in sorted(wanted.keys() - present.keys())),
        *(f"{name} is of no message" for name in sorted(present.keys() - wanted.keys())),
        *(f"{name} is stale" for name in sorted(wanted.keys() & present.keys()) if wanted[name] != present[name]),
    ]


def write(folder: Path = FOLDER) -> None:
    """Make the folder tell the truth."""
    folder.mkdir(exist_ok=True)
    wanted = rendered()
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content)


def main(arguments: list[str]) -> int:
    """Run `write` or `check`; the exit status says whether the schemas are true."""
    match arguments:
        case ["write"]:
            write()
            return 0
        case ["check"]:
            problems = differences()
            for problem in problems:
                sys.stderr.write(f"schemas: {problem}\n")
            if problems:
                sys.stderr.write("schemas: run `python -m zavhoz_contracts.schemas write` and commit the result\n")
            return 1 if problems else 0
        case _:
            sys.stderr.write("usage: python -m zavhoz_contracts.schemas write|check\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
