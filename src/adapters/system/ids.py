"""Names nobody can guess or repeat."""

import secrets

_BYTES = 16


class SystemIds:
    """Draw 128 random bits a name: as many as a UUID, in the 32 characters the port allows."""

    def fresh(self) -> str:
        """Return a name nobody used before."""
        return secrets.token_hex(_BYTES)
