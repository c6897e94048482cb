"""`events-core config`: every setting, and where it came from."""

from collections.abc import Mapping

from adapters.cli.errors import UsageError
from adapters.settings import SettingsError, describe, unknown_names


def config(environ: Mapping[str, str]) -> int:
    """Print every setting with its value and its source, secrets masked."""
    try:
        settings = describe(environ)
    except SettingsError as error:
        raise UsageError(str(error)) from None
    widest = max(len(setting.name) for setting in settings)
    for setting in settings:
        print(f"{setting.name:<{widest}}  {setting.value or '-'}  ({setting.source})")
    for name in unknown_names(environ):
        print(f"{name:<{widest}}  ?  (no setting of this service: misspelt?)")
    return 0
