"""A small report, and a reader that sees a page as a browser's parser does."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from math import sin

from attrs import define, field

from ballast.bootstrap.replay.series import Track

START = datetime(2026, 3, 23, 12, 9, tzinfo=UTC)
END = datetime(2026, 4, 22, 12, 8, tzinfo=UTC)
PARTS = ("price", "funding", "fees", "pool_income", "flows", "unexplained")
SERIES = (
    "nav_btc", "share_price_btc", "collateral_ratio", "reserve_bps", "band_usd", "target_BTC",
    *(f"{name}_{coin}" for name in ("drift_usd", "net", "naive", "exact") for coin in ("SOL", "ETH", "BTC")),
)  # fmt: skip
VOID = {"meta"}


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def wave(count: int, step: timedelta = timedelta(minutes=1)) -> Track:
    track = Track()
    for index in range(count):
        track.add(START + index * step, 1_000 + 10 * sin(index / 7) + index / 1_000)
    return track


def operation(kind: str = "entry", opened: float = 5, number: int = 1, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "id": f"{kind[:2]}{number:012d}", "kind": kind, "subject": f"deposit {number}", "opened": at(opened),
        "closed": at(opened + 90), "outcome": "completed", "reason": "", "amount": "10 BTC", "cost_usd": "812.40",
        "price_per_share": "1.00312345",
        "steps": [
            {"name": "0 trade", "from": at(opened), "to": at(opened + 3), "detail": "sold 7 BTC"},
            {"name": "0 mint0", "from": at(opened + 3), "to": at(opened + 30), "detail": ""},
            {"name": "1 trade", "from": at(opened + 30), "to": at(opened + 34), "detail": ""},
        ],
    }  # fmt: skip
    return made | changes


def invariant(name: str = "drift", *, holds: bool = True) -> dict[str, object]:
    return {"name": name, "holds": holds, "worst": f"worst of {name}", "bound": f"bound of {name}", "detail": ""}


def report(**changes: object) -> dict[str, object]:
    parts = dict.fromkeys(PARTS, "0.0125")
    made: dict[str, object] = {
        "title": "Replay",
        "source": "recorded candles",
        "period": {"from": START.isoformat(), "to": END.isoformat()},
        "steps": 43_199,
        "seconds": 11.7,
        "journal": {"events": 91_234, "digest": "3f" * 32},
        "summary": [{"name": "deposited", "value": "15", "unit": "BTC", "note": "2 deposits"}],
        "series": {name: wave(50).to_json() for name in SERIES},
        "attribution": [{"time": "2026-03-23", **parts}, {"time": "2026-03-24", **parts}],
        "attribution_total": dict.fromkeys(PARTS, "0.025"),
        "operations": [operation(), operation("correction", 400, 2), operation("exit", 900, 3)],
        "invariants": [invariant("ledger"), invariant("drift")],
        "breaches": [{"from": at(10), "to": at(70), "what": "collateral low", "worst": "0.004"}],
        "alerts": [{"time": at(10), "key": "collateral", "text": "ratio below its floor"}],
        "settings": {
            "seed": 1,
            "collateral": {"floor": "0.88", "target": "1"},
            "reserve": {"floor": {"value": "100"}, "target": {"value": "150"}},
        },
    }
    return made | changes


@define
class Element:
    """One element: its name, its attributes, and all text inside it."""

    name: str
    attributes: dict[str, str | None]
    text: str = ""


@define
class Page(HTMLParser):
    """What a parser finds; `open` is empty at the end of a well-formed page."""

    elements: list[Element] = field(factory=list[Element])
    open: list[Element] = field(factory=list[Element])

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().name == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, name: str, class_: str = "") -> list[Element]:
        return [
            element for element in self.elements
            if element.name == name and (not class_ or class_ in (element.attributes.get("class") or "").split())
        ]  # fmt: skip

    def texts(self, name: str, class_: str = "") -> list[str]:
        return [element.text for element in self.all(name, class_)]


def parse(html: str) -> Page:
    page = Page()
    page.feed(html)
    page.close()
    assert not page.open
    return page
