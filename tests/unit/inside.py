"""The code as modules and classes."""

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import events_core

ROOT = Path(__file__).parents[2]
CORE = Path(events_core.__file__).parent


def modules(package: ModuleType) -> list[ModuleType]:
    """The package and all that is below it."""
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [package, *(importlib.import_module(one.name) for one in found)]


def classes_in(package: ModuleType) -> list[type]:
    """The classes that are defined in a package."""
    return [
        one
        for module in modules(package)
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__
    ]


def leaves(root: type) -> list[type]:
    """The classes below a class that have none below them."""
    below: list[type] = root.__subclasses__()
    return [leaf for one in below for leaf in leaves(one)] if below else [root]
