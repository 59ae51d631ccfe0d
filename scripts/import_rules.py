"""The two import rules that import-linter has no contract for; `lint-imports` loads them by `contract_types`.

Both look at direct imports, and name modules by what follows the package: `domain` is every service's `domain`.
"""

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class _Rule(Contract):
    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each import that breaks the rule."""
        for importer, imported in check.metadata["links"]:
            output.print_error(f"{importer} imports {imported}")


def _result(links: list[tuple[str, str]]) -> ContractCheck:
    return ContractCheck(kept=not links, metadata={"links": sorted(links)})


def _room(module: str) -> tuple[str, str]:
    """A module's package and the room in it: ("zavhoz_requests", "domain")."""
    package, _, inside = module.partition(".")
    return package, inside.partition(".")[0]


class Only(_Rule):
    """Modules of these rooms import only the standard library, `allowed` packages and their own room."""

    type_name = "only"
    rooms: Any = fields.SetField(subfield=fields.StringField())
    packages: Any = fields.SetField(subfield=fields.StringField())
    allowed: Any = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        """Look at every module of the rooms."""
        fine = sys.stdlib_module_names | set(self.allowed)
        links = [
            (module, imported)
            for module in graph.modules
            if _room(module)[0] in self.packages and _room(module)[1] in self.rooms
            for imported in graph.find_modules_directly_imported_by(module)
            if _room(imported)[0] not in fine and _room(imported) != _room(module)
        ]
        return _result(links)


class Reserved(_Rule):
    """In these packages, nobody but these rooms imports the `reserved` packages."""

    type_name = "reserved"
    reserved: Any = fields.SetField(subfield=fields.StringField())
    packages: Any = fields.SetField(subfield=fields.StringField())
    rooms: Any = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        """Look at every module outside the rooms."""
        links = [
            (module, imported)
            for module in graph.modules
            if _room(module)[0] in self.packages and _room(module)[1] not in self.rooms
            for imported in graph.find_modules_directly_imported_by(module)
            if _room(imported)[0] in self.reserved
        ]
        return _result(links)
