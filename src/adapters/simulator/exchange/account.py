"""The account as the USD-M, spot and portfolio margin APIs show it, and what its holder may set."""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from ballast.adapters.common.venue.holdings import HELD
from ballast.adapters.simulator.exchange.archive import Archive
from ballast.adapters.simulator.exchange.markets import Markets, bracket_rows, notional_max, wire_symbol
from ballast.adapters.simulator.exchange.wire import Json, Params, Rejection, ms_of, plain
from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.adapters.simulator.venue.margin import MarginView
from ballast.adapters.simulator.venue.settings import VenueSettings
from ballast.domain.execution.instrument import Instrument, Market, Side
from ballast.domain.kernel.asset import USDT, Asset
from ballast.domain.kernel.number import ONE, ROUND_FLOOR, ROUND_HALF_EVEN, ZERO, divide, round_to_places, round_to_step
from ballast.ports.venue import Position, VenueAccount

_PLACES = 8
# facts/binance.md section 11: uniMMR without any maintenance margin is shown as a very large number.
_UNI_MMR_FREE = Decimal(99999999)
_UNI_STATES = ((Decimal("1.05"), "FORCE_LIQUIDATION"), (Decimal("1.2"), "REDUCE_ONLY"), (Decimal("1.5"), "MARGIN_CALL"))


@frozen
class _Moment:
    """Everything the futures answers of one moment are written from."""

    account: VenueAccount
    margin: MarginView
    ms: int

    @property
    def free_usd(self) -> Decimal:
        return max(self.margin.balance - self.margin.initial, ZERO)


class AccountDesk:
    """Read the account and its settings; every value in the answers is text at 8 decimals or fewer."""

    def __init__(self, engine: VenueEngine, markets: Markets, archive: Archive, settings: VenueSettings) -> None:
        self._engine = engine
        self._markets = markets
        self._archive = archive
        self._settings = settings
        self.permissions: dict[str, bool] = {
            "ipRestrict": True,
            "enableReading": True,
            "enableFutures": True,
            "enableSpotAndMarginTrading": True,
            "enableWithdrawals": True,
            "permitsUniversalTransfer": True,
            "enableInternalTransfer": False,
            "enableMargin": False,
            "enableVanillaOptions": False,
            "enablePortfolioMarginTrading": True,
        }

    def futures_account(self, now: datetime, *, everything: bool) -> Json:
        """Return fapi account, version 3, or version 2 with `everything`: every position, with its leverage."""
        moment = self._moment(now)
        assets = [self._asset(moment, asset) for asset in HELD]
        margin, unrealised = moment.margin, _unrealised(moment.account)
        opening = sum((self._engine.rules.initial_of(*each) for each in margin.opening.items()), ZERO)
        wallet = margin.balance - unrealised
        return {
            "totalInitialMargin": _text(margin.initial),
            "totalMaintMargin": _text(margin.maintenance),
            "totalWalletBalance": _text(wallet),
            "totalUnrealizedProfit": _text(unrealised),
            "totalMarginBalance": _text(margin.balance),
            "totalPositionInitialMargin": _text(margin.initial - opening),
            "totalOpenOrderInitialMargin": _text(opening),
            "totalCrossWalletBalance": _text(wallet),
            "totalCrossUnPnl": _text(unrealised),
            "availableBalance": _text(moment.free_usd),
            "maxWithdrawAmount": _text(moment.free_usd),
            "multiAssetsMargin": True,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "feeTier": 0,
            "updateTime": moment.ms,
            "assets": assets,
            "positions": self._positions(moment, everything=everything),
        }

    def futures_balances(self, now: datetime) -> list[Json]:
        """Return fapi balance."""
        moment = self._moment(now)
        keys = ("asset", "crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount", "updateTime")
        rows = [self._asset(moment, asset) for asset in HELD]
        more = {"accountAlias": "loopback", "marginAvailable": True}
        return [more | {key: row[key] for key in keys} | {"balance": row["walletBalance"]} for row in rows]

    def position_risk(self, params: Params, now: datetime, *, everything: bool) -> list[Json]:
        """Return positionRisk, version 3 (what is open), or with `everything` version 2."""
        wanted = params.optional("symbol")
        if wanted:
            self._markets.find(Market.PERP, wanted)
        rows = self._positions(self._moment(now), everything=everything)
        return [row for row in rows if wanted in ("", row["symbol"])]

    def spot_account(self, now: datetime) -> Json:
        """Return api account."""
        locked = self._spot_locked(now)
        fees = self._settings.fees[Market.SPOT]
        return {
            "makerCommission": int(fees.maker.value),
            "takerCommission": int(fees.taker.value),
            "commissionRates": {"maker": plain(fees.maker.fraction), "taker": plain(fees.taker.fraction)},
            "canTrade": True,
            "canWithdraw": True,
            "canDeposit": True,
            "accountType": "SPOT",
            "updateTime": ms_of(now),
            "balances": [
                {
                    "asset": asset.value,
                    "free": _text(held - locked.get(asset, ZERO)),
                    "locked": _text(locked.get(asset, ZERO)),
                }
                for asset, held in self._engine.holdings.spot.items()
            ],
            "permissions": ["SPOT"],
        }

    def unified_balances(self, now: datetime) -> list[Json]:
        """Return papi balance: the margin wallet is the account's USD-M part."""
        moment = self._moment(now)
        return [
            {
                "asset": asset.value,
                "totalWalletBalance": _text(held),
                "crossMarginAsset": "0",
                "crossMarginBorrowed": "0",
                "crossMarginFree": "0",
                "crossMarginInterest": "0",
                "crossMarginLocked": "0",
                "umWalletBalance": _text(held),
                "umUnrealizedPNL": _text(_unrealised_in(moment.account, asset)),
                "cmWalletBalance": "0",
                "cmUnrealizedPNL": "0",
                "negativeBalance": _text(max(-held, ZERO)),
                "updateTime": moment.ms,
            }
            for asset, held in moment.account.margin.items()
        ]

    def unified_account(self, now: datetime) -> Json:
        """Return papi account with uniMMR: adjusted equity over maintenance margin (facts section 11)."""
        moment = self._moment(now)
        margin = moment.margin
        ratio = (
            divide(margin.balance, margin.maintenance, _PLACES, ROUND_FLOOR) if margin.maintenance else _UNI_MMR_FREE
        )
        prices = moment.account.prices
        equity = sum((held * prices[asset] for asset, held in moment.account.margin.items()), ZERO)
        return {
            "uniMMR": plain(ratio),
            "accountEquity": _text(margin.balance),
            "actualEquity": _text(equity + _unrealised(moment.account)),
            "accountInitialMargin": _text(margin.initial),
            "accountMaintMargin": _text(margin.maintenance),
            "accountStatus": next((name for limit, name in _UNI_STATES if ratio <= limit), "NORMAL"),
            "virtualMaxWithdrawAmount": _text(moment.free_usd),
            "totalAvailableBalance": _text(moment.free_usd),
            "totalMarginOpenLoss": "0",
            "updateTime": moment.ms,
        }

    def brackets(self, params: Params) -> list[Json]:
        """Return leverageBracket of one symbol or of all."""
        listings = self._markets.of_market(Market.PERP)
        if params.optional("symbol"):
            listings = (self._markets.find(Market.PERP, params.text("symbol")),)
        brackets = self._engine.rules.brackets
        coins = {wire_symbol(each.instrument.symbol): each.instrument.base for each in listings}
        return [
            {"symbol": name, "notionalCoef": "1", "brackets": bracket_rows(brackets, c)} for name, c in coins.items()
        ]

    def set_leverage(self, params: Params, now: datetime) -> Json:
        """Set a symbol's leverage; raises Rejection -4028 out of range, -2028 when the margin does not carry it."""
        name, leverage = params.text("symbol"), params.number("leverage")
        coin, rules = self._markets.find(Market.PERP, name).instrument.base, self._engine.rules
        cap = notional_max(rules.brackets, coin, round_to_places(leverage, 0, ROUND_FLOOR))
        before = rules.leverage_of.get(coin, rules.leverage)
        rules.leverage_of[coin] = leverage
        margin = self._engine.margin(now)
        if leverage < before and margin.initial > margin.balance:
            rules.leverage_of[coin] = before
            raise Rejection(-2028, "leverage is smaller than permitted: margin is insufficient")
        return {"symbol": name, "leverage": int(leverage), "maxNotionalValue": plain(cap)}

    def set_margin_type(self, params: Params) -> Json:
        """Refuse every change: multi-assets mode knows cross margin only (-4046 no change, -4168 isolated)."""
        self._markets.find(Market.PERP, params.text("symbol"))
        if params.text("marginType") == "CROSSED":
            raise Rejection(-4046, "no need to change margin type")
        raise Rejection(-4168, "isolated margin is not possible in multi-assets mode")

    def commission(self, market: Market, params: Params) -> Json:
        """Return a symbol's fee rates."""
        name = params.text("symbol")
        self._markets.find(market, name)
        fees = self._settings.fees[market]
        maker, taker = plain(fees.maker.fraction), plain(fees.taker.fraction)
        if market is Market.SPOT:
            return {"symbol": name, "makerCommission": maker, "takerCommission": taker}
        return {"symbol": name, "makerCommissionRate": maker, "takerCommissionRate": taker}

    def _moment(self, now: datetime) -> _Moment:
        return _Moment(self._engine.account(now), self._engine.margin(now), ms_of(now))

    def _asset(self, moment: _Moment, asset: Asset) -> Json:
        held, unrealised = moment.account.margin[asset], _unrealised_in(moment.account, asset)
        counts = moment.account.haircuts[asset] * moment.account.prices[asset]
        free = min(max(held, ZERO), divide(moment.free_usd, counts, _PLACES, ROUND_FLOOR))
        bound = asset is USDT
        return {
            "asset": asset.value,
            "walletBalance": _text(held),
            "unrealizedProfit": _text(unrealised),
            "marginBalance": _text(held + unrealised),
            "maintMargin": _text(moment.margin.maintenance if bound else ZERO),
            "initialMargin": _text(moment.margin.initial if bound else ZERO),
            "positionInitialMargin": _text(moment.margin.initial if bound else ZERO),
            "openOrderInitialMargin": "0",
            "crossWalletBalance": _text(held),
            "crossUnPnl": _text(unrealised),
            "availableBalance": _text(free),
            "maxWithdrawAmount": _text(free),
            "marginAvailable": True,
            "updateTime": moment.ms,
        }

    def _positions(self, moment: _Moment, *, everything: bool) -> list[Json]:
        rows: list[Json] = []
        for listing in self._markets.of_market(Market.PERP):
            instrument = listing.instrument
            position = moment.account.positions[instrument.base]
            if everything or position.quantity or moment.margin.opening.get(instrument.base):
                rows.append(self._position(moment, instrument, position))
        return rows

    def _position(self, moment: _Moment, instrument: Instrument, position: Position) -> Json:
        coin, rules = instrument.base, self._engine.rules
        notional = position.quantity * position.mark_price
        leverage = rules.leverage_of.get(coin, rules.leverage)
        initial, opening = (
            rules.initial_of(coin, abs(notional)),
            rules.initial_of(coin, moment.margin.opening.get(coin, ZERO)),
        )
        unrealised = _text(position.unrealised)
        return {
            "symbol": wire_symbol(instrument.symbol),
            "positionSide": "BOTH",
            "positionAmt": plain(position.quantity),
            "entryPrice": plain(position.entry_price),
            "breakEvenPrice": plain(position.entry_price),
            "markPrice": plain(position.mark_price),
            "unRealizedProfit": unrealised,
            "unrealizedProfit": unrealised,
            "liquidationPrice": plain(self._liquidation_price(moment, instrument, position)),
            "isolatedMargin": "0",
            "isolatedWallet": "0",
            "isolated": False,
            "marginType": "cross",
            "marginAsset": instrument.quote.value,
            "notional": _text(notional),
            "leverage": plain(leverage),
            "maxNotionalValue": plain(notional_max(rules.brackets, coin, leverage)),
            "initialMargin": _text(initial + opening),
            "maintMargin": _text(rules.maintenance_of(coin, abs(notional))),
            "positionInitialMargin": _text(initial),
            "openOrderInitialMargin": _text(opening),
            "adl": 1,
            "bidNotional": "0",
            "askNotional": "0",
            "updateTime": moment.ms,
        }

    def _liquidation_price(self, moment: _Moment, instrument: Instrument, position: Position) -> Decimal:
        """Return the mark at which the account fails if nothing else moves; 0 when there is none.

        From the excess, which falls by the quantity less what the bracket's ratio gives back per dollar of the mark.
        """
        if not position.quantity:
            return ZERO
        size = abs(position.quantity)
        here = self._engine.rules.maintenance_of(instrument.base, size * position.mark_price)
        above = self._engine.rules.maintenance_of(instrument.base, size * (position.mark_price + ONE))
        slope = position.quantity - (above - here)
        if not slope:
            return ZERO
        excess = moment.margin.balance - moment.margin.maintenance
        price = position.mark_price - divide(excess, slope, _PLACES, ROUND_HALF_EVEN)
        return max(round_to_step(price, instrument.tick, ROUND_HALF_EVEN), ZERO)

    def _spot_locked(self, now: datetime) -> dict[Asset, Decimal]:
        locked: dict[Asset, Decimal] = {}
        listings = {each.instrument.symbol: each.instrument for each in self._markets.of_market(Market.SPOT)}
        for entry in self._archive.of_market(tuple(listings), now):
            record = entry.record
            if not record.state.final:
                order, instrument = record.order, listings[record.order.symbol]
                asset = instrument.quote if order.side is Side.BUY else instrument.base
                bound = record.rest * order.limit_price if order.side is Side.BUY else record.rest
                locked[asset] = locked.get(asset, ZERO) + bound
        return locked


def _text(value: Decimal) -> str:
    return plain(round_to_places(value, _PLACES, ROUND_FLOOR))


def _unrealised(account: VenueAccount) -> Decimal:
    return sum((position.unrealised for position in account.positions.values()), ZERO)


def _unrealised_in(account: VenueAccount, asset: Asset) -> Decimal:
    return _unrealised(account) if asset is USDT else ZERO
