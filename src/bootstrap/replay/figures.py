"""Which pictures the report shows, and the words that say what is seen."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta

from attrs import frozen

from ballast.bootstrap.replay.document import Day, Operation, Report, flat
from ballast.bootstrap.replay.markup import Markup, element
from ballast.bootstrap.replay.plot import Chart, Level, Line, line_chart
from ballast.bootstrap.replay.series import Point
from ballast.domain.kernel.asset import BTC, HEDGED, Asset
from ballast.domain.kernel.number import ZERO, parse_decimal

# Many and small: they are shown as ticks, and their times are not set apart in the charts.
ROUTINE = ("correction", "fee_hedge")
PARTS = {
    "pool_income": ("pool income", "green"),
    "funding": ("funding", "blue"),
    "fees": ("fees", "vermillion"),
    "price": ("price", "purple"),
    "unexplained": ("unexplained", "amber"),
}
_PERCENT_PER_BPS = 0.01


def capital(operation: Operation) -> bool:
    """Say whether an operation moves capital (entry, exit, rebalance, reserve)."""
    return operation.kind not in ROUTINE


def figure(title: str, note: str, picture: Markup) -> Markup:
    """Put a picture under its heading and one sentence of explanation."""
    caption = element("figcaption", element("h3", title), element("p", note))
    return element("figure", caption, picture, element("p", class_="readout"))


@frozen
class Figures:
    """The report's line charts, each a method that returns finished figures."""

    report: Report

    def value(self) -> Iterator[Markup]:
        """Draw NAV and share price."""
        nav = (Line("NAV", self._series("nav_btc"), "blue"),)
        yield self._figure(
            "Net asset value", "Everything owned, valued in BTC; steps are deposits and payouts.", "BTC", nav
        )
        price = (Line("share", self._series("share_price_btc"), "green"),)
        yield self._figure(
            "Share price", "What one share is worth in BTC; it grows by what the pool earns.", "BTC", price
        )

    def exposure(self) -> Iterator[Markup]:
        """Draw each coin's net delta and its drift against the band."""
        for asset in HEDGED:
            yield self._net(asset)
            yield self._drift(asset)

    def hedge(self) -> Iterator[Markup]:
        """Draw what JLP holds by the exact and by the naive reckoning, and their difference."""
        for asset in HEDGED:
            coin = asset.value
            exact, naive = self._series(f"exact_{coin}"), self._series(f"naive_{coin}")
            lines = (Line("exact", exact, "blue"), Line("naive", naive, "vermillion"))
            note = "Exact: from the custodies' books. Naive: pool weight times value."
            yield self._figure(f"{coin} inside our JLP", note, coin, lines)
            gap = _difference(naive, exact)
            levels = (Level(0.0, "exact"),)
            open_line = (Line("naive", gap, "vermillion"),)
            yield self._figure(f"{coin}: naive minus exact", _gap_note(gap, exact, coin), coin, open_line, levels)

    def safety(self) -> Iterator[Markup]:
        """Draw the collateral ratio and the USDT reserve against their floors and targets."""
        note = "Venue equity after haircuts ÷ the margin share of NAV; below the floor JLP is sold."
        lines = (Line("ratio", self._series("collateral_ratio"), "blue"),)
        levels = self._levels("collateral.floor", "collateral.target")
        yield self._figure("Collateral ratio", note, "of the margin due", lines, levels)
        note = "USDT at the venue ÷ notional of open positions; below the floor BTC is sold."
        lines = (Line("reserve", _scaled(self._series("reserve_bps"), _PERCENT_PER_BPS), "green"),)
        levels = self._levels("reserve.floor.value", "reserve.target.value", scale=_PERCENT_PER_BPS, unit=" %")
        yield self._figure("USDT reserve", note, "% of notional", lines, levels)

    def attribution(self) -> Iterator[Markup]:
        """Draw the running sum of each part of the change of value, without deposits and payouts."""
        days = self.report.attribution
        lines = tuple(Line(name, self._running(days, (part,)), hue) for part, (name, hue) in PARTS.items())
        total = Line("sum", self._running(days, tuple(PARTS)), "ink")
        note = "Running sum by where it came from; deposits and payouts left out."
        yield self._figure("Where the change of value came from", note, "BTC", (*lines, total), (Level(0.0, "zero"),))

    def _net(self, asset: Asset) -> Markup:
        coin = asset.value
        lines: tuple[Line, ...] = (Line("net", self._series(f"net_{coin}"), "blue"),)
        levels: tuple[Level, ...] = (Level(0.0, "target 0"),)
        note = "Pool + spot + perpetuals; the target is none."
        if asset is BTC:
            lines, levels = (*lines, Line("target", self._series("target_BTC"), "amber dashed")), ()
            note = "Pool + spot + perpetuals; the target is the hedge base."
        return self._figure(f"{coin} net delta", note, coin, lines, levels)

    def _drift(self, asset: Asset) -> Markup:
        coin = asset.value
        lines = (Line("drift", self._series(f"drift_usd_{coin}"), "blue"),)
        note = "Net delta minus target in dollars; beyond the band a correction is due."
        levels = (Level(0.0, "zero"),)
        return self._figure(f"{coin} drift against its band", note, "USD", lines, levels, self._series("band_usd"))

    def _figure(
        self, title: str, note: str, unit: str, lines: tuple[Line, ...], levels: tuple[Level, ...] = (),
        band: Sequence[Point] = (),
    ) -> Markup:  # fmt: skip
        period = self.report.period
        chart = Chart(title, unit, period.begins, period.ends, lines, levels, band, self._shades())
        return figure(title, note, line_chart(chart))

    def _shades(self) -> list[tuple[datetime, datetime]]:
        ends = self.report.period.ends
        return [(row.opened, row.closed or ends) for row in self.report.operations if capital(row)]

    def _series(self, name: str) -> Sequence[Point]:
        """Return a series; one that never had a value is empty."""
        return self.report.series.get(name, ())

    def _levels(self, *names: str, scale: float = 1, unit: str = "") -> tuple[Level, ...]:
        """Return floor and target lines from the settings; one that they do not name is not drawn."""
        settings = flat(self.report.settings)
        values = {name: float(parse_decimal(settings[name], name)) * scale for name in names if name in settings}
        return tuple(Level(value, f"{name.split('.')[1]} {value:g}{unit}") for name, value in values.items())

    def _running(self, days: Sequence[Day], parts: tuple[str, ...]) -> list[Point]:
        period = self.report.period
        points: list[Point] = [(period.begins, 0.0, 0.0, 0.0)]
        total = ZERO
        for day in days:
            total += sum((getattr(day, part) for part in parts), ZERO)
            midnight = datetime.combine(day.time + timedelta(days=1), time(), UTC)
            points.append((min(midnight, period.ends), float(total), float(total), float(total)))
        return points


def _difference(series: Sequence[Point], reference: Sequence[Point]) -> list[Point]:
    """Return series - reference, last values only, where both have a bucket at the same time."""
    known = {point[0]: point[3] for point in reference}
    gaps = ((point[0], point[3] - known[point[0]]) for point in series if point[0] in known)
    return [(at, gap, gap, gap) for at, gap in gaps]


def _gap_note(gaps: Sequence[Point], exact: Sequence[Point], coin: str) -> str:
    held = {point[0]: point[3] for point in exact}
    shares = [(abs(gap[3]), gap[3] / held[gap[0]]) for gap in gaps if held[gap[0]]]
    if not shares:
        return "What a naive hedge would leave open."
    size, share = max(shares)
    return f"What a naive hedge would leave open; at most {size:,.4g} {coin}, {share:+.1%} of the exact figure."


def _scaled(points: Sequence[Point], scale: float) -> list[Point]:
    return [(at, low * scale, high * scale, last * scale) for at, low, high, last in points]
