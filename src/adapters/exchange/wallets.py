"""Moving money: transfers between the wallets, withdrawals, arrivals."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import define, evolve

from ballast.adapters.common.actions import NEVER_RECEIVED, refused
from ballast.adapters.exchange.budget import Priority
from ballast.adapters.exchange.endpoints import COINS, DEPOSITS, TRANSFER, TRANSFERS, WITHDRAW, WITHDRAWALS, Endpoint
from ballast.adapters.exchange.errors import Refused, Unresolved, proving, reading
from ballast.adapters.exchange.fields import number, plain
from ballast.adapters.exchange.line import Line, milliseconds
from ballast.adapters.exchange.memory import Memory, SentAction, Stage
from ballast.adapters.exchange.settings import ExchangeSettings, Variant
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import LimitReached, NotAllowed, NotRecognised, RuleBroken, Unreachable
from ballast.ports.actions import ActionReport, ActionState
from ballast.ports.venue import VenueAction, Wallet, WalletTransfer, Withdrawal

# facts/binance.md section 2; the portfolio words from the exchange's list of universal transfers.
_TO_MARGIN = {Variant.FUTURES: "MAIN_UMFUTURE", Variant.PORTFOLIO: "MAIN_PORTFOLIO_MARGIN"}
_TO_SPOT = {Variant.FUTURES: "UMFUTURE_MAIN", Variant.PORTFOLIO: "PORTFOLIO_MARGIN_MAIN"}
_WAYS = frozenset({*_TO_MARGIN.values(), *_TO_SPOT.values()})
# The exchange writes a transfer's time itself; its clocks and our measure of them may differ a little.
_SLACK = timedelta(seconds=5)
_PAGE = 100
_TRANSFER_STAGES = {"CONFIRMED": Stage.DONE, "FAILED": Stage.REFUSED}
# Withdrawal status: 1 cancelled, 3 rejected, 5 failure, 6 completed; the others are on their way.
_WITHDRAWAL_STAGES = {"1": Stage.REFUSED, "3": Stage.REFUSED, "5": Stage.REFUSED, "6": Stage.DONE}
# Deposit status: 1 success, 6 credited but not yet free to leave.
_CREDITED = frozenset({"1", "6"})


@define
class Wallets:
    """One account's money, each action once under our id; what was sent is written down before it is."""

    _line: Line
    _memory: Memory
    _settings: ExchangeSettings

    async def submit(self, intent_id: str, action: VenueAction) -> ActionReport:
        """Do an action unless it is proved or possible that it was done; raises Unreachable, NotAllowed, RuleBroken."""
        known = await self.progress(intent_id)
        if known.reason != NEVER_RECEIVED:
            return known
        sent, endpoint, params = await self._prepared(intent_id, action)
        self._memory.put(sent)
        try:
            answer = await self._line.ask(endpoint, params, Priority.TRADE)
        except Unresolved:
            return _report(sent)
        except Refused as refusal:
            return self._settle(sent, Stage.REFUSED, reason=refusal.code)
        except (Unreachable, LimitReached, NotRecognised):
            self._memory.forget(intent_id)
            raise
        if isinstance(action, WalletTransfer) and "tranId" in answer:
            return self._settle(sent, Stage.DONE, venue_id=str(answer["tranId"]))
        try:
            return await self._progress(sent)
        except (Unreachable, LimitReached, NotRecognised):
            return _report(sent)  # it was taken: what cannot be read of it now is proved later

    async def progress(self, intent_id: str) -> ActionReport:
        """Report what is proved of an action; raises Unreachable when the exchange does not answer."""
        sent = self._memory.action(intent_id)
        if sent is None:
            return await self._unknown(intent_id)
        return await self._progress(sent) if sent.stage is Stage.SENT else _report(sent)

    async def credited(self, reference: str) -> Amount | None:
        """Return what was credited to the spot wallet under a chain's transaction id."""
        with reading():
            rows = await self._line.ask(DEPOSITS, {"txId": reference})
            arrived = [row for row in rows if row["txId"] == reference and str(row["status"]) in _CREDITED]
            amounts = [Amount(Asset.named(row["coin"]), number(row, "amount")) for row in arrived]
        return sum(amounts[1:], amounts[0]) if amounts else None

    async def _prepared(self, intent_id: str, action: VenueAction) -> tuple[SentAction, Endpoint, dict[str, str | int]]:
        amount, asset = action.amount, action.amount.asset
        if isinstance(action, WalletTransfer):
            way = (_TO_SPOT if action.source is Wallet.MARGIN else _TO_MARGIN)[self._settings.variant]
            sent = SentAction(intent_id, way, amount, Amount.zero(asset), self._line.now())
            return sent, TRANSFER, {"type": way, "asset": asset.value, "amount": plain(amount.quantity)}
        network = self._network(action)
        # The exchange takes its fee out of the amount it is asked for, and we promise the amount at the other end.
        fee = await self._fee(asset, network)
        sent = SentAction(intent_id, action.address, amount, fee, self._line.now())
        params: dict[str, str | int] = {
            "coin": asset.value,
            "network": network,
            "address": action.address,
            "amount": plain((amount + fee).quantity),
            "withdrawOrderId": intent_id,
        }
        return sent, WITHDRAW, params

    def _network(self, action: Withdrawal) -> str:
        network = self._settings.networks.get(action.address)
        if network is None or not self._settings.withdrawals:
            raise NotAllowed(f"no withdrawal to {action.address!r} is allowed", address=action.address)
        return network

    async def _fee(self, asset: Asset, network: str) -> Amount:
        with reading():
            coins = await self._line.ask(COINS)
            for coin in coins:
                for each in coin["networkList"] if coin["coin"] == asset.value else ():
                    if each["network"] == network:
                        return Amount(asset, number(each, "withdrawFee"))
        raise RuleBroken("withdrawal", f"{asset.value} to leave over {network}", "no such network")

    async def _unknown(self, intent_id: str) -> ActionReport:
        """Report on an id that is not written down: the exchange would know a withdrawal of another store's."""
        if await self._withdrawal(intent_id) is None:
            return refused(intent_id, NEVER_RECEIVED)
        return ActionReport(intent_id, ActionState.UNRESOLVED, reason="at the exchange, but not in this store")

    async def _progress(self, sent: SentAction) -> ActionReport:
        if sent.way in _WAYS:
            row, stages = await self._transfer(sent), _TRANSFER_STAGES
        else:
            row, stages = await self._withdrawal(sent.intent), _WITHDRAWAL_STAGES
        if row is None:
            waited = self._line.now() - sent.sent
            return _report(sent) if waited < self._settings.visible else refused(sent.intent, NEVER_RECEIVED)
        stage = stages.get(str(row["status"]), Stage.SENT)
        if stage is Stage.SENT:
            return _report(sent)
        reason = f"status {row['status']}" if stage is Stage.REFUSED else ""
        venue_id = str(row["tranId"] if "tranId" in row else row["id"])
        return self._settle(sent, stage, reason=reason, venue_id=venue_id, reference=str(row.get("txId", "")))

    async def _transfer(self, sent: SentAction) -> Mapping[str, Any] | None:
        """Find a transfer by what it moved and when, among those that no other action of ours claims."""
        since = milliseconds(sent.sent - _SLACK)
        with proving():
            answer = await self._line.ask(TRANSFERS, {"type": sent.way, "startTime": since, "size": _PAGE})
            for row in answer.get("rows", ()):
                same = row["asset"] == sent.amount.asset.value and number(row, "amount") == sent.amount.quantity
                if same and int(row["timestamp"]) >= since and not self._memory.claimed(str(row["tranId"])):
                    found: Mapping[str, Any] = row
                    return found
        return None

    async def _withdrawal(self, intent_id: str) -> Mapping[str, Any] | None:
        with proving():
            rows = await self._line.ask(WITHDRAWALS, {"withdrawOrderId": intent_id})
            return next((row for row in rows if row["withdrawOrderId"] == intent_id), None)

    def _settle(
        self, sent: SentAction, stage: Stage, reason: str = "", venue_id: str | None = None, reference: str = ""
    ) -> ActionReport:
        settled = evolve(sent, stage=stage, reason=reason, venue_id=venue_id, reference=reference)
        self._memory.put(settled)
        return _report(settled)


def _report(action: SentAction) -> ActionReport:
    """Return the report of an action as it is written down."""
    if action.stage is Stage.REFUSED:
        return refused(action.intent, action.reason)
    if action.stage is Stage.SENT:
        return ActionReport(action.intent, ActionState.UNRESOLVED)
    if action.way in _WAYS:
        return ActionReport(action.intent, ActionState.CONFIRMED, sent=action.amount, received=action.amount)
    return ActionReport(
        action.intent, ActionState.CONFIRMED, sent=action.amount, cost=action.fee, reference=action.reference
    )
