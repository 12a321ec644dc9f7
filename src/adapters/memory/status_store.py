"""Status documents in a dict."""

from attrs import define, field

from ballast.ports.status_store import StatusDocument


@define
class MemoryStatusStore:
    """Keep the newest document of each strategy in memory."""

    _documents: dict[str, StatusDocument] = field(factory=dict[str, StatusDocument], init=False)

    async def save(self, strategy: str, document: StatusDocument) -> None:
        """Store the document unless a newer one is there."""
        stored = self._documents.get(strategy)
        if stored is None or stored.sequence <= document.sequence:
            self._documents[strategy] = document

    async def load(self, strategy: str) -> StatusDocument | None:
        """Return the stored document."""
        return self._documents.get(strategy)
