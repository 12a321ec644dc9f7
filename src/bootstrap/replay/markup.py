"""HTML and SVG as values that cannot be injected into: plain text is escaped whenever it enters an element."""

from html import escape


class Markup(str):
    """Text that is HTML already; only this module's functions and constant texts of ours become one."""

    __slots__ = ()


def join(*parts: str) -> Markup:
    """Put parts side by side; what is not Markup is escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def element(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return an element with escaped attributes and children.

    In attribute names "_" stands for "-" and a last "_" is dropped (`class_`); None leaves the attribute out.
    """
    pairs = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    opening = "".join(f' {key}="{escape(str(value))}"' for key, value in pairs)
    return Markup(f"<{name}{opening}>{join(*children)}</{name}>")
