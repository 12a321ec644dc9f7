"""The account's API key: where it comes from, and that nobody prints it."""

import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from ballast.domain.kernel.errors import InvalidInput, NotRecognised

KEY_VARIABLE = "BALLAST_VENUE_KEY"
SECRET_VARIABLE = "BALLAST_VENUE_SECRET"  # noqa: S105  # the name of a variable
FILE_VARIABLE = "BALLAST_VENUE_SECRETS_FILE"


@frozen
class Keys:
    """An API key and its secret; neither shows in a repr, and so in no log line."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)


def load_keys(environment: Mapping[str, str]) -> Keys:
    """Read the keys from BALLAST_VENUE_KEY and _SECRET, or from the TOML file (key, secret) that _SECRETS_FILE names.

    Raises NotRecognised when there are none, InvalidInput for a file that others may read or that lacks a field.
    """
    if KEY_VARIABLE in environment and SECRET_VARIABLE in environment:
        return Keys(environment[KEY_VARIABLE], environment[SECRET_VARIABLE])
    if FILE_VARIABLE in environment:
        return _from_file(Path(environment[FILE_VARIABLE]))
    raise NotRecognised(f"no venue keys: set {KEY_VARIABLE} and {SECRET_VARIABLE}, or {FILE_VARIABLE}")


def _from_file(path: Path) -> Keys:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InvalidInput(FILE_VARIABLE, "a file that only its owner may read (chmod 600)", str(path))
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as failure:
        raise InvalidInput(FILE_VARIABLE, "a readable file", failure.strerror or "none") from failure
    except tomllib.TOMLDecodeError:
        # The parser's own words may quote the file, so its error is not kept.
        raise InvalidInput(FILE_VARIABLE, "a TOML file", "something else") from None
    if not all(isinstance(content.get(name), str) for name in ("key", "secret")):
        raise InvalidInput(FILE_VARIABLE, "the texts key and secret", ", ".join(content) or "nothing")
    return Keys(content["key"], content["secret"])
