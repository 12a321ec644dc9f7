"""Transfers between wallets, withdrawals and deposits (sapi)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal

from attrs import Factory, define, field, frozen

from ballast.adapters.common.venue.holdings import HELD
from ballast.adapters.simulator.exchange.wire import Json, Params, Rejection, ms_of, plain
from ballast.adapters.simulator.venue.engine import VenueEngine
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, USDC, USDT, Asset
from ballast.ports.actions import ActionState
from ballast.ports.venue import Wallet, WalletTransfer, Withdrawal

_DIRECTIONS: Mapping[str, tuple[Wallet, Wallet]] = {
    "MAIN_UMFUTURE": (Wallet.SPOT, Wallet.MARGIN),
    "UMFUTURE_MAIN": (Wallet.MARGIN, Wallet.SPOT),
    "MAIN_PORTFOLIO_MARGIN": (Wallet.SPOT, Wallet.MARGIN),
    "PORTFOLIO_MARGIN_MAIN": (Wallet.MARGIN, Wallet.SPOT),
}
# One network per coin: the one its deposits and withdrawals take here.
NETWORKS: Mapping[Asset, str] = {BTC: "BTC", USDC: "SOL", USDT: "SOL"}
_NAMES: Mapping[Asset, str] = {BTC: "Bitcoin", USDC: "USD Coin", USDT: "Tether"}
_PAGE, _PAGE_MAX = 1000, 1000
_DONE_WITHDRAWAL, _DONE_DEPOSIT = 6, 1
_TIME = "%Y-%m-%d %H:%M:%S"


@frozen
class WalletSettings:
    """Where deposits go, which addresses are whitelisted for which coin, and what a withdrawal costs.

    An asset without a fee cannot be withdrawn.
    """

    deposit_addresses: Mapping[Asset, str]
    whitelist: Mapping[str, Asset]
    withdrawal_fees: Mapping[Asset, Decimal]


@define
class WalletDesk:
    """Move money over the engine's wallets; the histories are kept here.

    `moved` is told what a transfer added (+) to the futures wallet or took (-) from it.
    """

    _engine: VenueEngine
    settings: WalletSettings
    _moved: Callable[[Asset, Decimal, datetime], None]
    _transfers: list[Json] = Factory(list[Json])
    _withdrawals: list[Json] = Factory(list[Json])
    _deposits: list[Json] = Factory(list[Json])
    _numbers: int = field(init=False, default=0)

    def transfer(self, params: Params, now: datetime) -> Json:
        """Move an amount between the wallets; raises Rejection -5013 when it is not there or binds the margin."""
        kind, amount = params.text("type"), self._amount(params, "asset")
        if kind not in _DIRECTIONS:
            raise Rejection(-1102, "unknown type of transfer")
        number = self._next_number()
        action = WalletTransfer(amount, *_DIRECTIONS[kind])
        report = self._engine.submit(now, f"transfer#{number}", action)
        if report.state is not ActionState.CONFIRMED:
            raise Rejection(-5013, f"asset transfer failed: {report.reason}")
        signed = amount.quantity if action.target is Wallet.MARGIN else -amount.quantity
        self._moved(amount.asset, signed, now)
        self._transfers.append(
            {
                "asset": amount.asset.value,
                "amount": plain(amount.quantity),
                "type": kind,
                "status": "CONFIRMED",
                "tranId": number,
                "timestamp": ms_of(now),
            }
        )
        return {"tranId": number}

    def transfers(self, params: Params) -> Json:
        """Return the transfers of a type, newest first."""
        kind = params.text("type")
        rows = [row for row in reversed(self._transfers) if row["type"] == kind]
        rows = _within(rows, params, "timestamp")
        size = params.whole("size", 10)
        first = (max(params.whole("current", 1), 1) - 1) * size
        return {"total": len(rows), "rows": rows[first : first + size]}

    def withdraw(self, params: Params, now: datetime) -> Json:
        """Send to a whitelisted address what the amount leaves after the network fee.

        The same withdrawOrderId twice is two withdrawals: nothing promises otherwise.
        """
        amount, address = self._amount(params, "coin"), params.text("address")
        fee = self._withdrawal_fee(amount)
        if self.settings.whitelist.get(address) is not amount.asset:
            raise Rejection(-4035, "this address is not on the whitelist")
        number = self._next_number()
        sent = Amount(amount.asset, amount.quantity - fee)
        report = self._engine.submit(now, f"withdrawal#{number}", Withdrawal(sent, address))
        if report.state is not ActionState.CONFIRMED:
            raise Rejection(-4026, "insufficient balance")
        identity = f"{number:032x}"
        self._withdrawals.append(
            {
                "id": identity,
                "amount": plain(sent.quantity),
                "transactionFee": plain(fee),
                "coin": amount.asset.value,
                "status": _DONE_WITHDRAWAL,
                "address": address,
                "txId": report.reference,
                "applyTime": now.strftime(_TIME),
                "completeTime": now.strftime(_TIME),
                "network": params.optional("network", NETWORKS[amount.asset]),
                "transferType": 0,
                "withdrawOrderId": params.optional("withdrawOrderId"),
                "info": "",
                "confirmNo": 1,
                "walletType": 0,
                "txKey": "",
                "insertTime": ms_of(now),
            }
        )
        return {"id": identity}

    def withdrawals(self, params: Params) -> list[Json]:
        """Return withdrawals, newest first, of a coin or an id when given."""
        wanted = {"coin": params.optional("coin"), "withdrawOrderId": params.optional("withdrawOrderId")}
        return _page(_matching(self._withdrawals, wanted), params)

    def deposit(self, amount: Amount, reference: str, now: datetime) -> None:
        """Book what arrived under a transaction id; raises RuleBroken or InvariantError as the engine does."""
        self._engine.credit(now, amount, reference)
        self._deposits.append(
            {
                "id": f"{len(self._deposits) + 1:032d}",
                "amount": plain(amount.quantity),
                "coin": amount.asset.value,
                "network": NETWORKS[amount.asset],
                "status": _DONE_DEPOSIT,
                "address": self.settings.deposit_addresses.get(amount.asset, ""),
                "addressTag": "",
                "txId": reference,
                "insertTime": ms_of(now),
                "completeTime": ms_of(now),
                "transferType": 0,
                "confirmTimes": "1/1",
                "unlockConfirm": 1,
                "walletType": 0,
            }
        )

    def deposits(self, params: Params) -> list[Json]:
        """Return deposits, newest first, of a coin or a transaction id when given."""
        return _page(_matching(self._deposits, {k: params.optional(k) for k in ("coin", "txId")}), params)

    def deposit_address(self, params: Params) -> Json:
        """Return where deposits of a coin go; raises Rejection -4018."""
        asset = _asset(params.text("coin"))
        address = self.settings.deposit_addresses.get(asset)
        if address is None:
            raise Rejection(-4018, "no such asset")
        return {"address": address, "coin": asset.value, "tag": "", "url": ""}

    def coins(self) -> list[Json]:
        """Return what is known of every coin and its network."""
        return [self._coin(asset) for asset in HELD]

    def _coin(self, asset: Asset) -> Json:
        fee = self.settings.withdrawal_fees.get(asset)
        network = {
            "network": NETWORKS[asset],
            "coin": asset.value,
            "name": NETWORKS[asset],
            "isDefault": True,
            "depositEnable": asset in self.settings.deposit_addresses,
            "withdrawEnable": fee is not None,
            "withdrawFee": plain(fee) if fee is not None else "0",
            "withdrawMin": plain(fee * 2) if fee is not None else "0",
            "withdrawMax": "9999999",
            "withdrawIntegerMultiple": "0.00000001",
            "minConfirm": 1,
            "unLockConfirm": 1,
            "addressRegex": "",
            "memoRegex": "",
            "sameAddress": False,
            "busy": False,
        }
        held = self._engine.holdings.spot[asset]
        return {
            "coin": asset.value,
            "name": _NAMES[asset],
            "depositAllEnable": network["depositEnable"],
            "withdrawAllEnable": network["withdrawEnable"],
            "free": plain(held),
            "locked": "0",
            "freeze": "0",
            "withdrawing": "0",
            "ipoing": "0",
            "ipoable": "0",
            "storage": "0",
            "isLegalMoney": False,
            "trading": True,
            "networkList": [network],
        }

    def _next_number(self) -> int:
        """Return a number for an attempt: one that was refused must not be recognised in the next."""
        self._numbers += 1
        return self._numbers

    def _amount(self, params: Params, name: str) -> Amount:
        asset, quantity = _asset(params.text(name)), params.number("amount")
        if quantity <= 0 or quantity != round(quantity, asset.scale):
            raise Rejection(-1102, "amount is not a positive number of the asset's decimals")
        return Amount(asset, quantity)

    def _withdrawal_fee(self, amount: Amount) -> Decimal:
        fee = self.settings.withdrawal_fees.get(amount.asset)
        if fee is None:
            raise Rejection(-4019, "the asset is not open for withdrawal")
        if amount.quantity <= fee:
            raise Rejection(-4028, "the amount must be greater than the fee")
        return fee


def _asset(symbol: str) -> Asset:
    found = next((asset for asset in HELD if asset.value == symbol), None)
    if found is None:
        raise Rejection(-4018, "no such asset")
    return found


def _matching(rows: list[Json], wanted: Mapping[str, str]) -> list[Json]:
    return [row for row in reversed(rows) if all(value in ("", row[name]) for name, value in wanted.items())]


def _page(rows: list[Json], params: Params) -> list[Json]:
    rows = _within(rows, params, "insertTime")
    first = params.whole("offset", 0)
    return rows[first : first + min(params.whole("limit", _PAGE), _PAGE_MAX)]


def _within(rows: list[Json], params: Params, time: str) -> list[Json]:
    since, until = params.whole("startTime", 0), params.whole("endTime", 0)
    return [row for row in rows if since <= row[time] and (not until or row[time] <= until)]
