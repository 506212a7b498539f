"""The settings in force: what the environment says, and the keys that development keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from adapters.ed25519.keys import new_private_key
from entrypoints import setting_rules
from entrypoints.kept_keys import kept_key, random_text
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEPT_KEYS = ("secret_key", "master_key")
_KEPT_SIGNING_KEY = "audit_signing_key.pem"


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
        kept: dict[str, SecretStr | Path] = {name: SecretStr(_kept_key(settings.data_dir, name)) for name in missing}
        if settings.is_development and settings.audit_signing_key is None:
            kept["audit_signing_key"] = _kept_signing_key(settings.data_dir)
        # Looked at again: a kept key may be the same as one that was given.
        return Settings.model_validate({**settings.model_dump(), **kept}) if kept else settings
    except ValidationError as error:
        raise SettingsInvalid(_explain(error)) from None


def _kept_key(folder: Path, name: str) -> str:
    key = _kept(folder / name, random_text)
    if len(key.encode()) < setting_rules.MIN_KEY_BYTES:
        raise _damaged(name, folder / name)
    return key


def _kept_signing_key(folder: Path) -> Path:
    file = folder / _KEPT_SIGNING_KEY
    _kept(file, new_private_key)
    try:
        setting_rules.signing_key(file)
    except ValueError:
        raise _damaged("audit_signing_key", file) from None
    return file


def _kept(file: Path, make: Callable[[], str]) -> str:
    """What is kept in a file; nothing where it is no text."""
    try:
        return kept_key(file, make)
    except OSError as error:
        message = f"  DATA_DIR: a key cannot be kept there: {error.strerror}"
        raise SettingsInvalid(message) from None
    except UnicodeDecodeError:
        return ""


def _damaged(setting: str, file: Path) -> SettingsInvalid:
    message = f"  {setting.upper()}: the key kept in {file.parent} is damaged; delete the file {file.name} there"
    return SettingsInvalid(message)


def _explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        variable = str(fault["loc"][0]).upper() if fault["loc"] else "settings"
        lines.append(f"  {variable}: {fault['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
