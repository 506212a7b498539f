"""The settings in force: what the environment says, and the keys that development keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from entrypoints import setting_rules
from entrypoints.kept_keys import kept_key
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

_KEPT_KEYS = ("secret_key", "master_key")


class SettingsInvalid(Exception):
    """One or more variables are missing or wrong. The message names each, with what to do; never a value."""


def load() -> Settings:
    """The settings in force. In development the keys are made once and kept in `DATA_DIR`.

    Raises:
        SettingsInvalid: with every faulty variable.
    """
    try:
        settings = Settings()
        # Elsewhere a key that is missing is one that is not needed.
        missing = [name for name in _KEPT_KEYS if settings.is_development and getattr(settings, name) is None]
        kept = {name: SecretStr(_kept_key(settings.data_dir, name)) for name in missing}
        # Looked at again: a kept key may be the same as one that was given.
        return Settings.model_validate({**settings.model_dump(), **kept}) if kept else settings
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from None


def _kept_key(folder: Path, name: str) -> str:
    try:
        key = kept_key(folder / name)
    except OSError as error:
        message = f"  DATA_DIR: a key cannot be kept there: {error.strerror}"
        raise SettingsInvalid(message) from None
    except UnicodeDecodeError:
        key = ""
    if len(key.encode()) < setting_rules.MIN_KEY_BYTES:
        message = f"  {name.upper()}: the key kept in {folder} is damaged; delete the file {name} there"
        raise SettingsInvalid(message)
    return key


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        variable = str(fault["loc"][0]).upper() if fault["loc"] else "settings"
        lines.append(f"  {variable}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
