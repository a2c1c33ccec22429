"""The scripts of the store, which lie beside its modules."""

from importlib.resources import files


def lua(name: str, package: str = "bot.store") -> str:
    """Return the text of a script, by its name without `.lua`."""
    return files(package).joinpath(f"{name}.lua").read_text("utf-8")
