"""Settings from files: `<NAME>_FILE` names a file that holds the value of `<NAME>`, as container images have it.

What is mounted as a file (a secret of Compose or Kubernetes) stays out of the environment, which `docker inspect`,
child processes and crash reports show.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

SUFFIX: Final = "_FILE"


class FileUnusable(ValueError):
    """The file that a `<NAME>_FILE` names cannot be used; `field` is the setting it was for."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


class FileSource(PydanticBaseSettingsSource):
    """Reads every setting for which `<NAME>_FILE` is set and not empty; white space around the value is dropped.

    Raises:
        FileUnusable: it cannot be read, is empty, or `<NAME>` is set as well.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """The value of one setting, or None."""
        return _read(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """The settings that stand in files."""
        values = {name: _read(name) for name in self.settings_cls.model_fields}
        return {name: value for name, value in values.items() if value is not None}


def _read(name: str) -> str | None:
    variable = name.upper()
    path = os.environ.get(variable + SUFFIX)
    if not path:
        return None
    if os.environ.get(variable):
        raise FileUnusable(name, f"is set, and {variable}{SUFFIX} too: only one of them can count")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileUnusable(name, f"the file {path} ({variable}{SUFFIX}) cannot be read: {problem}") from None
    if not value:
        raise FileUnusable(name, f"the file {path} ({variable}{SUFFIX}) is empty")
    return value
