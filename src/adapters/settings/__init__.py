"""How an operator sets the service up: everything the environment can say.

Each setting has one name, perhaps older ones that are read where the first is not
set, and for secrets ``<NAME>_FILE``, which names a file that holds the value.
"""

from adapters.settings.environment import (
    Setting,
    SettingsError,
    describe,
    known,
    read_settings,
    spellings,
    unknown_names,
)
from adapters.settings.table import Directory, Settings

__all__ = [
    "Directory",
    "Setting",
    "Settings",
    "SettingsError",
    "describe",
    "known",
    "read_settings",
    "spellings",
    "unknown_names",
]
