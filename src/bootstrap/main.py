"""The `ballast` command."""

import sys

from ballast.bootstrap.cli.app import app
from ballast.domain.kernel.errors import BallastError

EXIT_REFUSED = 2


def main() -> None:
    """Run the command line; an error of ours is one plain line on stderr and exit code 2, never a traceback."""
    try:
        app()
    except BallastError as error:
        sys.stderr.write(f"ballast: {error}\n")
        raise SystemExit(EXIT_REFUSED) from None


if __name__ == "__main__":
    main()
