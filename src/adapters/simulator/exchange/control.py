"""What a test may do to the exchange besides trading on it: in one process, or over HTTP with a token."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from ballast.adapters.common.codec import structured, time_of, time_text
from ballast.adapters.simulator.exchange.exchange import Exchange
from ballast.adapters.simulator.exchange.faults import Fault
from ballast.adapters.simulator.exchange.limits import Pool
from ballast.adapters.simulator.exchange.sockets import Disturbance, Group, Planned
from ballast.adapters.simulator.exchange.steady import SteadyMarket
from ballast.adapters.simulator.exchange.wire import Json, plain
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.kernel.number import parse_decimal


class ExchangeControl:
    """Arrange faults, move time and prices, and look at the exchange's own truth.

    Symbols are ours ("BTCUSDT:PERP").
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def now(self) -> datetime:
        """Return the exchange's present."""
        return self.exchange.now()

    def jump(self, seconds: int) -> None:
        """Let seconds (>= 0) pass at once."""
        self.exchange.clock.jump(timedelta(seconds=seconds))
        self.exchange.tick()

    def set_clock_offset(self, milliseconds: int) -> None:
        """Let the door's clock be wrong by some milliseconds (any sign), seen by /time and by timestamps."""
        self.exchange.clock.gateway_offset = timedelta(milliseconds=milliseconds)

    def plan(self, *faults: Fault) -> None:
        """Arrange what coming requests meet."""
        for fault in faults:
            self.exchange.faults.add(fault)

    def clear(self) -> None:
        """Forget arranged faults, silence and a ban."""
        self.exchange.faults.clear()
        self.exchange.hub.silent.clear()
        self.exchange.limits.banned_until = None

    def ban(self, seconds: int) -> None:
        """Answer 418 to everything for some seconds."""
        self.exchange.limits.ban(timedelta(seconds=seconds))

    def limit(self, family: str, weight: int) -> None:
        """Change the weight a family ("fapi", …) allows in a minute."""
        self._pool(family).limit = weight

    def used(self, family: str) -> int:
        """Return the weight used in the present minute."""
        return self._pool(family).used

    def silence(self, group: Group, *, silent: bool = True) -> None:
        """Send nothing to a group's sockets, which stay open; or send again."""
        (self.exchange.hub.silent.add if silent else self.exchange.hub.silent.discard)(group)

    def disturb(self, kind: Disturbance, group: Group, event: str = "") -> None:
        """Send a group's next frame (of an event type) twice, after its successor, or never."""
        self.exchange.hub.disturb(Planned(kind, group, event))

    def cut_streams(self, group: Group) -> None:
        """Close a group's sockets."""
        self.exchange.hub.shut(group)

    def expire_listen_keys(self) -> None:
        """End every listen key now."""
        self.exchange.users.expire(self.exchange.now(), all_keys=True)

    def deleverage(self, coin: Asset, quantity: Decimal) -> None:
        """Close a part of a position against its holder's will; raises RuleBroken beyond the position."""
        self.exchange.engine.deleverage(self.exchange.now(), coin, quantity)

    def halt(self, symbol: str, *, halted: bool = True) -> None:
        """Stop or resume a market; raises NotKnown."""
        self.exchange.markets.set_trading(symbol, trading=not halted)
        self.exchange.engine.halt(self.exchange.now(), symbol, halted=halted)

    def change_filter(self, symbol: str, kind: str, values: Mapping[str, str]) -> None:
        """Change fields of a market's filter; raises NotKnown or InvalidInput."""
        listing = self.exchange.markets.change_filter(symbol, kind, values)
        self.exchange.engine.relist(self.exchange.now(), listing)

    def set_price(self, coin: Asset, usd: Decimal) -> None:
        """Let a coin cost something else from now on; raises InvalidInput in a recorded market."""
        self._steady().set_price(coin, self.exchange.now(), usd)
        self.exchange.tick()

    def set_funding(self, coin: Asset, at: datetime, rate: Decimal) -> None:
        """Let funding be paid at a stamp to come; raises InvalidInput in a recorded market."""
        self._steady().set_funding(coin, at, rate)

    def deposit(self, amount: Amount, reference: str) -> None:
        """Let a deposit arrive under a transaction id."""
        self.exchange.wallets.deposit(amount, reference, self.exchange.now())

    def set_permission(self, name: str, *, allowed: bool) -> None:
        """Change what the key may do; raises InvalidInput for a name the exchange does not have."""
        permissions = self.exchange.account.permissions
        if name not in permissions:
            raise InvalidInput("permission", "one of " + ", ".join(permissions), name)
        permissions[name] = allowed

    def accepted(self, client_id: str) -> int:
        """Return how many orders were ever taken under an id, whatever was answered."""
        return self.exchange.archive.accepted(client_id)

    def departed(self) -> list[tuple[Amount, str]]:
        """Return what withdrawals sent away and where to, oldest first."""
        return list(self.exchange.departed)

    def truth(self) -> Json:
        """Return wallets and positions as they are, seen or not, as text."""
        self.exchange.now()
        holdings = self.exchange.engine.holdings
        return {
            "spot": {asset.value: plain(held) for asset, held in holdings.spot.items()},
            "margin": {asset.value: plain(held) for asset, held in holdings.margin.items()},
            "positions": {coin.value: plain(contract.quantity) for coin, contract in holdings.contracts.items()},
            "income": {kind: plain(total) for kind, total in self.exchange.income.total.items()},
            "repeated_ids": self.exchange.engine.repeated_ids,
        }

    def _pool(self, family: str) -> Pool:
        pools = self.exchange.limits.weights
        if family not in pools:
            raise InvalidInput("family", "one of " + ", ".join(pools), family)
        return pools[family]

    def _steady(self) -> SteadyMarket:
        market = self.exchange.price_source
        if not isinstance(market, SteadyMarket):
            raise InvalidInput("market", "steady prices", "a recorded market")
        return market


def _number(body: Json, name: str) -> Decimal:
    return parse_decimal(_text(body, name), name)


def _text(body: Json, name: str) -> str:
    if not isinstance(body.get(name), str):
        raise InvalidInput(name, "a text", repr(body.get(name)))
    return str(body[name])


def _whole(body: Json, name: str) -> int:
    if type(body.get(name)) is not int:
        raise InvalidInput(name, "a whole number", repr(body.get(name)))
    return int(body[name])


def _flag(body: Json, name: str) -> bool:
    return bool(body.get(name, True))


def _group(body: Json) -> Group:
    known = {group.value: group for group in Group}
    name = _text(body, "group")
    if name not in known:
        raise InvalidInput("group", "one of " + ", ".join(known), name)
    return known[name]


def _asset(body: Json, name: str) -> Asset:
    return Asset.named(_text(body, name), name)


Command = Callable[[ExchangeControl, Json], object]
# POST /control/<name> with a JSON body; what it answers is JSON too.
COMMANDS: Mapping[str, Command] = {
    "jump": lambda control, body: control.jump(_whole(body, "seconds")),
    "clock-offset": lambda control, body: control.set_clock_offset(_whole(body, "milliseconds")),
    "fault": lambda control, body: control.plan(structured(body, Fault)),
    "clear": lambda control, _body: control.clear(),
    "ban": lambda control, body: control.ban(_whole(body, "seconds")),
    "limit": lambda control, body: control.limit(_text(body, "family"), _whole(body, "weight")),
    "silence": lambda control, body: control.silence(_group(body), silent=_flag(body, "silent")),
    "disturb": lambda control, body: control.exchange.hub.disturb(structured(body, Planned)),
    "cut-streams": lambda control, body: control.cut_streams(_group(body)),
    "expire-listen-keys": lambda control, _body: control.expire_listen_keys(),
    "deleverage": lambda control, body: control.deleverage(_asset(body, "coin"), _number(body, "quantity")),
    "halt": lambda control, body: control.halt(_text(body, "symbol"), halted=_flag(body, "halted")),
    "filter": lambda control, body: control.change_filter(
        _text(body, "symbol"), _text(body, "filter"), body.get("values") or {}
    ),
    "now": lambda control, _body: {"time": time_text(control.now())},
    "funding": lambda control, body: control.set_funding(
        _asset(body, "coin"), time_of(_text(body, "time")), _number(body, "rate")
    ),
    "price": lambda control, body: control.set_price(_asset(body, "coin"), _number(body, "usd")),
    "deposit": lambda control, body: control.deposit(
        Amount(_asset(body, "coin"), _number(body, "quantity")), _text(body, "reference")
    ),
    "permission": lambda control, body: control.set_permission(_text(body, "name"), allowed=_flag(body, "allowed")),
    "accepted": lambda control, body: {"count": control.accepted(_text(body, "client_id"))},
    "truth": lambda control, _body: control.truth(),
}
