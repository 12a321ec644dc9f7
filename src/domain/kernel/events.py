"""The envelope of a domain event: what happened, when, because of what, by whom."""

from datetime import datetime

from attrs import frozen


@frozen
class Event:
    """Base of every domain event: a fact in the past tense. Its subclasses are the journal's vocabulary."""


@frozen
class Envelope:
    """One event as the journal holds it.

    `sequence` counts from 1 without gaps; `time` is aware UTC; `actor` is the service or the operator that acted;
    `operation` is the operation it belongs to, empty for none; `digest` is the hex SHA-256 over the predecessor's
    digest and this record, so that any change of the past shows.
    """

    sequence: int
    time: datetime
    actor: str
    operation: str
    event: Event
    digest: str
