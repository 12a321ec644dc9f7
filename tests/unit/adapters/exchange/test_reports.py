"""Orders and trades on the wire."""

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.adapters.simulator.venue.builders import BTC_PERP, BTC_USDC, NOON, make

from ballast.adapters.exchange.reports import check_client_id, order_params, report_of, streamed_trade, trades_of
from ballast.domain.execution.instrument import Market, Side
from ballast.domain.execution.order import OrderState, TimeInForce
from ballast.domain.kernel.asset import BTC, USDT
from ballast.domain.kernel.errors import InvalidInput

D = Decimal
MS = int(NOON.timestamp()) * 1000


def trade(trade_id: int, quantity: str = "0.3") -> dict[str, Any]:
    return {
        "id": trade_id, "qty": quantity, "price": "70000.1", "commission": "0.00100000", "commissionAsset": "USDT",
        "realizedPnl": "-1.5", "maker": False, "time": MS,
    }  # fmt: skip


def row(status: str, executed: str) -> dict[str, Any]:
    return {"status": status, "executedQty": executed, "orderId": 1}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("PARTIALLY_FILLED", OrderState.PARTLY_FILLED),
        ("FILLED", OrderState.FILLED),
        ("CANCELED", OrderState.CANCELLED),
        ("EXPIRED", OrderState.EXPIRED),
        ("EXPIRED_IN_MATCH", OrderState.EXPIRED),
        ("A_NEW_STATUS", OrderState.UNRESOLVED),
    ],
)
def test_a_status_proves_a_state_and_an_unknown_one_nothing(status: str, state: OrderState) -> None:
    report = report_of(row(status, "0.6"), "a", trades_of([trade(2), trade(1)]))
    assert report.state is state
    assert report.filled == (0 if state is OrderState.UNRESOLVED else D("0.6"))


@pytest.mark.parametrize("executed", ["0", "0.3", "0.60000001"])
def test_an_order_whose_trades_do_not_add_up_proves_nothing(executed: str) -> None:
    assert report_of(row("FILLED", executed), "a", trades_of([trade(1), trade(2)])).state is OrderState.UNRESOLVED


def test_a_trade_that_is_reported_twice_counts_once() -> None:
    assert [found.trade_id for found in trades_of([trade(10), trade(9), trade(10)])] == ["9", "10"]


def test_a_perpetuals_trade_keeps_every_digit() -> None:
    (found,) = trades_of([trade(7)])
    assert (found.price, found.fee, found.fee_asset, found.realised) == (D("70000.1"), D("0.001"), USDT, D("-1.5"))
    assert (found.maker, found.time) == (False, NOON)


def test_a_spot_trade_realises_nothing() -> None:
    spot = {"id": 1, "qty": "1", "price": "2", "commission": "0.1", "commissionAsset": "BTC", "isMaker": True}
    (found,) = trades_of([spot | {"time": MS}])
    assert (found.realised, found.fee_asset, found.maker) == (D(0), BTC, True)


def test_a_fee_in_an_asset_we_do_not_know_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="BNB"):
        trades_of([trade(1) | {"commissionAsset": "BNB"}])


def test_a_float_is_no_number() -> None:
    with pytest.raises(InvalidInput, match="qty"):
        trades_of([trade(1) | {"qty": 0.3}])


def test_a_streamed_trade_equals_the_one_that_is_asked_for() -> None:
    streamed = {
        "t": 7, "l": "0.3", "L": "70000.1", "n": "0.00100000", "N": "USDT", "rp": "-1.5", "m": False, "T": MS,
    }  # fmt: skip
    assert (streamed_trade(streamed),) == trades_of([trade(7)])


@pytest.mark.parametrize(
    ("time_in_force", "perp", "spot"),
    [
        (TimeInForce.IOC, ("LIMIT", "IOC"), ("LIMIT", "IOC")),
        (TimeInForce.GTC, ("LIMIT", "GTC"), ("LIMIT", "GTC")),
        (TimeInForce.POST_ONLY, ("LIMIT", "GTX"), ("LIMIT_MAKER", None)),
    ],
)
def test_a_time_in_force_is_said_in_each_markets_words(
    time_in_force: TimeInForce, perp: tuple[str, str], spot: tuple[str, str | None]
) -> None:
    for symbol, market, words in ((BTC_PERP, Market.PERP, perp), (BTC_USDC, Market.SPOT, spot)):
        sent = order_params(make(symbol, Side.BUY, "1", "2", time_in_force), market, "X")
        assert (sent["type"], sent.get("timeInForce")) == words


@pytest.mark.parametrize(("market", "said"), [(Market.PERP, "true"), (Market.SPOT, None)])
def test_reduce_only_is_said_where_it_exists(market: Market, said: str | None) -> None:
    order = make(BTC_PERP, Side.SELL, "1", "2", reduce_only=True)
    assert order_params(order, market, "X").get("reduceOnly") == said
    assert "reduceOnly" not in order_params(make(BTC_PERP, Side.SELL, "1", "2"), market, "X")


@pytest.mark.parametrize(("value", "text"), [("1E+3", "1000"), ("0.00000100", "0.000001"), ("120", "120")])
def test_numbers_go_out_without_exponent(value: str, text: str) -> None:
    sent = order_params(make(BTC_PERP, Side.BUY, value, value), Market.PERP, "X")
    assert (sent["quantity"], sent["price"]) == (text, text)


@pytest.mark.parametrize("client_id", ["", "a" * 37, "a b", "ä", "a\n", "a#b"])
def test_an_id_the_exchange_would_not_take_is_refused_here(client_id: str) -> None:
    with pytest.raises(InvalidInput, match="client id"):
        check_client_id(client_id)


def test_an_id_at_the_edge_of_the_pattern_is_taken() -> None:
    check_client_id(".:/_-" + "aZ9" * 10 + "x")
