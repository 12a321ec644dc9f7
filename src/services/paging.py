"""Pages of what is listed: how many rows, and from where."""

import re

from ballast.domain.kernel.errors import InvalidInput

PAGE_SIZE = 50
PAGE_SIZE_MAX = 500
_POSITION = re.compile(r"[0-9]{1,18}")


def page_size_of(asked: int, most: int = PAGE_SIZE_MAX) -> int:
    """Return the rows of a page, 50 when 0 are asked for; raises InvalidInput below 0 and above `most`."""
    if not 0 <= asked <= most:
        raise InvalidInput("page_size", f"0 to {most}", str(asked))
    return asked or PAGE_SIZE


def position_of(page_token: str, otherwise: int, most: int) -> int:
    """Return the position (0 to `most`) a page token stands for, `otherwise` for none; raises InvalidInput."""
    if not page_token:
        return otherwise
    if not _POSITION.fullmatch(page_token) or int(page_token) > most:
        raise InvalidInput("page_token", "the next_page_token of an earlier page", repr(page_token[:80]))
    return int(page_token)
