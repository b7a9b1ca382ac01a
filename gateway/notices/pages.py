"""The page templates that ship with the package, read once when the room is first entered."""

from importlib.resources import files

_NAMES = ("notice.html", "notice.txt")

PAGES: dict[str, str] = {name: (files("gateway.notices") / "templates" / name).read_text("utf-8") for name in _NAMES}
