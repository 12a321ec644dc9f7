"""ccxt's client as we bend it."""

import logging
import traceback
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt  # type: ignore[import-untyped]  # ships no types
import pytest
from tests.unit.adapters.simulator.venue.builders import NOON

from ballast.adapters.exchange.budget import Budget, Pool, Priority
from ballast.adapters.exchange.client import Client, exact_json, pool_of
from ballast.adapters.exchange.errors import Answered
from ballast.adapters.exchange.keys import Keys
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.adapters.memory.clock import MemoryClock
from ballast.domain.execution.instrument import Market
from ballast.domain.kernel.errors import LimitReached

BASE = "http://127.0.0.1:9"
KEY, SECRET = "hiddenkey", "hiddensecret"


def build(base_url: str = BASE) -> tuple[Client, Budget]:
    clock = MemoryClock(NOON)
    budget = Budget(clock)
    settings = ExchangeSettings(store=Path("unused"), networks={}, base_url=base_url, answer_s_max=1)
    return Client(Keys(KEY, SECRET), clock, budget, settings), budget


def answered(client: Any, base: str, path: str, code: str, status: int = 400) -> type[BaseException | None]:
    """Return ccxt's class for a refusal with a code."""
    body = {"code": code, "msg": "words that no table knows"}
    try:
        client.handle_errors(status, "Bad Request", f"{base}{path}?symbol=X", "POST", {}, str(body), body, {}, "")
    except Answered as heard:
        return type(heard.__cause__)
    except ccxt.BaseError as failure:
        return type(failure)
    raise AssertionError(code)


@pytest.mark.parametrize(
    ("path", "host", "table"),
    [
        ("/fapi/v1/order", "https://fapi.binance.com", "linear"),
        ("/papi/v1/um/order", "https://papi.binance.com", "portfolioMargin"),
        ("/api/v3/order", "https://api.binance.com", "spot"),
        ("/sapi/v1/asset/transfer", "https://api.binance.com", "spot"),
    ],
)
def test_a_loopback_exchange_gets_the_error_classes_of_the_real_one(path: str, host: str, table: str) -> None:
    ours, _ = build()
    plain: Any = ccxt.binance()
    codes = [code for code in plain.exceptions[table]["exact"] if code.startswith("-")]
    assert len(codes) > 50
    for code in codes:
        assert answered(ours, BASE, path, code) is answered(plain, host, path, code), code


def test_a_page_of_html_is_an_answer_without_code() -> None:
    client, _ = build()
    with pytest.raises(Answered) as heard:
        client.handle_errors(502, "Bad Gateway", f"{BASE}/fapi/v1/order", "POST", {}, "<html>", None, {}, "")
    assert (heard.value.answer.status, heard.value.answer.code) == (502, "")


def test_every_answer_is_counted_also_a_good_one() -> None:
    client, budget = build()
    headers = {"X-MBX-USED-WEIGHT-1M": "2400"}
    client.handle_errors(200, "OK", f"{BASE}/fapi/v1/depth", "GET", headers, "{}", {}, {}, "")
    with pytest.raises(LimitReached):
        budget.spend(Pool.FUTURES, 1, 0, Priority.REDUCE)


def test_a_ban_is_answered_with_its_wait() -> None:
    client, _ = build()
    url, headers = f"{BASE}/api/v3/order", {"Retry-After": "77"}
    with pytest.raises(Answered) as heard:
        client.handle_errors(418, "I'm a teapot", url, "GET", headers, "", None, {}, "")
    assert heard.value.answer.retry_after_s == 77


def test_every_address_moves_to_the_one_host_and_keeps_its_path() -> None:
    client, _ = build("http://127.0.0.1:4711")
    urls = client.urls["api"]
    assert urls["fapiPrivateV3"] == "http://127.0.0.1:4711/fapi/v3"
    assert urls["sapi"] == "http://127.0.0.1:4711/sapi/v1"
    assert client.public_stream(Market.SPOT) == "ws://127.0.0.1:4711/stream/ws"
    assert client.public_stream(Market.PERP) == "ws://127.0.0.1:4711/fstream/public/ws"
    assert client.mark_stream() == "ws://127.0.0.1:4711/fstream/market/ws"
    assert client.user_stream(Variant.FUTURES, "K") == "ws://127.0.0.1:4711/fstream/private/ws?listenKey=K"
    assert client.user_stream(Variant.PORTFOLIO, "K") == "ws://127.0.0.1:4711/fstream/pm/ws/K"


def test_without_a_base_the_addresses_are_the_real_ones() -> None:
    client, _ = build("")
    assert client.urls["api"]["fapiPrivate"] == "https://fapi.binance.com/fapi/v1"


@pytest.mark.parametrize(
    ("path", "pool"),
    [("/fapi/v3/account", Pool.FUTURES), ("/api/v3/depth", Pool.SPOT), ("/sapi/v1/x", Pool.WALLET)],
)
def test_a_request_counts_where_its_path_begins(path: str, pool: Pool) -> None:
    assert pool_of(f"https://any.host{path}?a=1") is pool


def test_numbers_keep_every_digit_they_were_sent_with() -> None:
    found = exact_json('{"a": 0.1000000000000000055511151231257827, "b": 7, "c": "1.0"}')
    assert found == {"a": "0.1000000000000000055511151231257827", "b": 7, "c": "1.0"}
    assert Decimal(found["a"]) != Decimal("0.1")


def test_requests_are_signed_with_our_clock_less_its_measured_lead() -> None:
    client, _ = build()
    client.set_offset(1500)
    signed = client.sign("order", ["fapiPrivate"], "GET", {"symbol": "BTCUSDT"})
    assert f"timestamp={int(NOON.timestamp()) * 1000 - 1500}&" in signed["url"]


async def test_neither_key_nor_secret_is_logged_or_told_by_an_error(caplog: pytest.LogCaptureFixture) -> None:
    client, _ = build()
    try:
        with caplog.at_level(logging.DEBUG), pytest.raises(ccxt.NetworkError) as failed:
            await client.fapiPrivateGetOrder({"symbol": "BTCUSDT"})
    finally:
        await client.close()
    told = caplog.text + repr(client) + "".join(traceback.format_exception(failed.value))
    assert "fapi/v1/order" in told
    assert KEY not in told
    assert SECRET not in told
