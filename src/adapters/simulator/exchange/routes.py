"""Which path does what, what it weighs, and what it asks of the caller (facts/binance.md sections 2 and 4)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from attrs import frozen

from ballast.adapters.simulator.exchange import collateral
from ballast.adapters.simulator.exchange.exchange import Exchange
from ballast.adapters.simulator.exchange.faults import Fault
from ballast.adapters.simulator.exchange.order_views import (
    futures_order,
    page_of_orders,
    spot_order,
    spot_placed,
    trades,
)
from ballast.adapters.simulator.exchange.signing import Security
from ballast.adapters.simulator.exchange.wire import Json, Params, ms_of
from ballast.domain.execution.instrument import Market

PUBLIC, KEY, SIGNED = Security.PUBLIC, Security.KEY, Security.SIGNED


@frozen
class Call:
    """One request that passed the door."""

    family: str
    params: Params
    now: datetime
    fault: Fault

    @property
    def market(self) -> Market:
        """Return the market an API family trades."""
        return Market.SPOT if self.family in ("api", "sapi") else Market.PERP


Handler = Callable[[Exchange, Call], object]


@frozen
class Route:
    """What answers a method and a path; `order` counts against the order pools."""

    handler: Handler
    security: Security = SIGNED
    weight: int = 1
    order: bool = False


def _place(exchange: Exchange, call: Call) -> Json:
    entry = exchange.orders.place(call.market, call.params, call.now, call.fault)
    return futures_order(entry) if call.market is Market.PERP else spot_placed(entry)


def _amend(exchange: Exchange, call: Call) -> Json:
    return futures_order(exchange.orders.amend(call.market, call.params, call.now))


def _order(exchange: Exchange, call: Call) -> Json:
    entry = exchange.orders.find(call.market, call.params, call.now)
    return futures_order(entry) if call.market is Market.PERP else spot_order(entry)


def _cancel(exchange: Exchange, call: Call) -> Json:
    entry = exchange.orders.cancel(call.market, call.params, call.now)
    return futures_order(entry) if call.market is Market.PERP else spot_order(entry)


def _cancel_all(exchange: Exchange, call: Call) -> Json | list[Json]:
    entries = exchange.orders.cancel_all(call.market, call.params, call.now)
    if call.market is Market.SPOT:
        return [spot_order(entry) for entry in entries]
    return {"code": 200, "msg": "the operation of cancel all open order is done"}


def _open_orders(exchange: Exchange, call: Call) -> list[Json]:
    write = futures_order if call.market is Market.PERP else spot_order
    return [write(entry) for entry in exchange.orders.open_orders(call.market, call.params, call.now)]


def _all_orders(exchange: Exchange, call: Call) -> list[Json]:
    write = futures_order if call.market is Market.PERP else spot_order
    call.params.text("symbol")
    entries = exchange.orders.all_orders(call.market, call.params, call.now)
    return [write(entry) for entry in page_of_orders(entries, call.params)]


def _trades(exchange: Exchange, call: Call) -> list[Json]:
    call.params.text("symbol")
    entries = exchange.orders.all_orders(call.market, call.params, call.now)
    return trades(call.market, entries, call.params)


def _key_permissions(exchange: Exchange, call: Call) -> Json:
    return exchange.account.permissions | {"createTime": ms_of(call.now)}


def _constant(answer: object) -> Handler:
    return lambda _exchange, _call: answer


def _listen_key(family_of: Callable[[Exchange, Call], Json]) -> Route:
    return Route(family_of, KEY)


def _futures(prefix: str) -> Mapping[tuple[str, str], Route]:
    """Return the order and account routes that USD-M and portfolio margin share."""
    return {
        ("POST", f"{prefix}/order"): Route(_place, order=True),
        ("PUT", f"{prefix}/order"): Route(_amend, order=True),
        ("GET", f"{prefix}/order"): Route(_order),
        ("DELETE", f"{prefix}/order"): Route(_cancel),
        ("DELETE", f"{prefix}/allOpenOrders"): Route(_cancel_all),
        ("GET", f"{prefix}/openOrders"): Route(_open_orders, weight=40),
        ("GET", f"{prefix}/openOrder"): Route(_order),
        ("GET", f"{prefix}/allOrders"): Route(_all_orders, weight=20),
        ("GET", f"{prefix}/userTrades"): Route(_trades, weight=5),
        ("GET", f"{prefix}/income"): Route(lambda e, c: e.income.page(c.params), weight=30),
        ("POST", f"{prefix}/leverage"): Route(lambda e, c: e.account.set_leverage(c.params, c.now)),
        ("GET", f"{prefix}/leverageBracket"): Route(lambda e, c: e.account.brackets(c.params)),
        ("GET", f"{prefix}/commissionRate"): Route(lambda e, c: e.account.commission(c.market, c.params), weight=20),
        ("GET", f"{prefix}/positionSide/dual"): Route(_constant({"dualSidePosition": False}), weight=30),
    }


def _listen_keys(family: str) -> Mapping[tuple[str, str], Route]:
    path = f"/{family}/v1/listenKey"
    return {
        ("POST", path): _listen_key(lambda e, c: e.users.open(family, c.now)),
        ("PUT", path): _listen_key(lambda e, c: e.users.extend(family, c.now)),
        ("DELETE", path): _listen_key(lambda e, _c: e.users.close(family)),
    }


def _public(family: str, version: str) -> Mapping[tuple[str, str], Route]:
    prefix = f"/{family}/{version}"
    return {
        ("GET", f"{prefix}/ping"): Route(_constant({}), PUBLIC),
        ("GET", f"{prefix}/time"): Route(lambda e, _c: {"serverTime": ms_of(e.clock.gateway_now())}, PUBLIC),
        ("GET", f"{prefix}/exchangeInfo"): Route(lambda e, c: e.markets.info(c.market, c.now), PUBLIC),
        ("GET", f"{prefix}/depth"): Route(lambda e, c: e.quotes.depth(c.market, c.params, c.now), PUBLIC, 20),
        ("GET", f"{prefix}/ticker/price"): Route(lambda e, c: e.quotes.price(c.market, c.params, c.now), PUBLIC),
        ("GET", f"{prefix}/ticker/bookTicker"): Route(
            lambda e, c: e.quotes.book_ticker(c.market, c.params, c.now), PUBLIC, 2
        ),
    }


def _table() -> Iterable[Mapping[tuple[str, str], Route]]:
    yield _public("fapi", "v1")
    yield _public("api", "v3")
    yield _futures("/fapi/v1")
    yield _futures("/papi/v1/um")
    yield _listen_keys("fapi")
    yield _listen_keys("papi")
    yield {
        ("POST", "/fapi/v1/algoOrder"): Route(lambda e, c: e.algos.place(c.params, c.now), order=True),
        ("GET", "/fapi/v1/algoOrder"): Route(lambda e, c: e.algos.find(c.params)),
        ("DELETE", "/fapi/v1/algoOrder"): Route(lambda e, c: e.algos.cancel(c.params, c.now)),
        ("GET", "/fapi/v1/openAlgoOrders"): Route(lambda e, c: e.algos.open_orders(c.params)),
        ("GET", "/fapi/v1/assetIndex"): Route(lambda e, c: collateral.asset_index(e.engine, c.now), PUBLIC, 10),
        ("GET", "/fapi/v1/premiumIndex"): Route(lambda e, c: e.quotes.premium(c.params, c.now), PUBLIC),
        ("GET", "/fapi/v1/fundingRate"): Route(lambda e, c: e.quotes.funding_history(c.params, c.now), PUBLIC),
        ("POST", "/fapi/v1/marginType"): Route(lambda e, c: e.account.set_margin_type(c.params)),
        ("GET", "/fapi/v1/multiAssetsMargin"): Route(_constant({"multiAssetsMargin": True}), weight=30),
        ("GET", "/dapi/v1/exchangeInfo"): Route(_constant({"symbols": []}), PUBLIC),
    }
    for version, everything in (("v2", True), ("v3", False)):
        yield {
            ("GET", f"/fapi/{version}/account"): Route(_account(everything=everything), weight=5),
            ("GET", f"/fapi/{version}/balance"): Route(lambda e, c: e.account.futures_balances(c.now), weight=5),
            ("GET", f"/fapi/{version}/positionRisk"): Route(_position_risk(everything=everything), weight=5),
        }
    yield {
        ("GET", "/papi/v1/ping"): Route(_constant({}), PUBLIC),
        ("GET", "/papi/v1/balance"): Route(lambda e, c: e.account.unified_balances(c.now), weight=20),
        ("GET", "/papi/v1/account"): Route(lambda e, c: e.account.unified_account(c.now), weight=20),
        ("GET", "/papi/v1/um/account"): Route(_account(everything=True), weight=5),
        ("GET", "/papi/v1/um/positionRisk"): Route(_position_risk(everything=True), weight=5),
    }
    yield _SPOT
    yield _SAPI


def _account(*, everything: bool) -> Handler:
    return lambda e, c: e.account.futures_account(c.now, everything=everything)


def _position_risk(*, everything: bool) -> Handler:
    return lambda e, c: e.account.position_risk(c.params, c.now, everything=everything)


_SPOT: Mapping[tuple[str, str], Route] = {
    ("POST", "/api/v3/order"): Route(_place, order=True),
    ("GET", "/api/v3/order"): Route(_order, weight=4),
    ("DELETE", "/api/v3/order"): Route(_cancel),
    ("DELETE", "/api/v3/openOrders"): Route(_cancel_all),
    ("GET", "/api/v3/openOrders"): Route(_open_orders, weight=6),
    ("GET", "/api/v3/allOrders"): Route(_all_orders, weight=20),
    ("GET", "/api/v3/myTrades"): Route(_trades, weight=20),
    ("GET", "/api/v3/account"): Route(lambda e, c: e.account.spot_account(c.now), weight=20),
}
_SAPI: Mapping[tuple[str, str], Route] = {
    ("GET", "/sapi/v1/system/status"): Route(_constant({"status": 0, "msg": "normal"}), PUBLIC),
    ("GET", "/sapi/v1/account/apiRestrictions"): Route(_key_permissions),
    ("GET", "/sapi/v1/capital/config/getall"): Route(lambda e, _c: e.wallets.coins(), weight=10),
    ("GET", "/sapi/v1/capital/deposit/address"): Route(lambda e, c: e.wallets.deposit_address(c.params), weight=10),
    ("GET", "/sapi/v1/capital/deposit/hisrec"): Route(lambda e, c: e.wallets.deposits(c.params)),
    ("POST", "/sapi/v1/capital/withdraw/apply"): Route(lambda e, c: e.wallets.withdraw(c.params, c.now), weight=600),
    ("GET", "/sapi/v1/capital/withdraw/history"): Route(lambda e, c: e.wallets.withdrawals(c.params)),
    ("POST", "/sapi/v1/asset/transfer"): Route(lambda e, c: e.wallets.transfer(c.params, c.now), weight=1),
    ("GET", "/sapi/v1/asset/transfer"): Route(lambda e, c: e.wallets.transfers(c.params)),
    ("GET", "/sapi/v1/asset/tradeFee"): Route(lambda e, c: [e.account.commission(Market.SPOT, c.params)]),
    ("GET", "/sapi/v1/portfolio/collateralRate"): Route(
        lambda e, c: collateral.collateral_rate(e.engine, c.now), PUBLIC, 50
    ),
    ("GET", "/sapi/v1/portfolio/asset-index-price"): Route(
        lambda e, c: collateral.index_price(e.engine, c.now), PUBLIC
    ),
    ("GET", "/sapi/v1/margin/allPairs"): Route(_constant([]), KEY),
    ("GET", "/sapi/v1/margin/isolated/allPairs"): Route(_constant([])),
}

ROUTES: Mapping[tuple[str, str], Route] = {key: route for table in _table() for key, route in table.items()}
