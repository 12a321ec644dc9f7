"""The vault contract's books and rules, without the time its chain takes (modelled on ERC-7540's requests).

A claim of shares is the user's own step with no effect on the sums, so fulfilled shares are the user's at once; a
claim of BTC moves BTC, so it is a step here.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from attrs import Factory, define, evolve, field

from ballast.adapters.common.actions import Arrivals, check_positive
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import BTC, SHARE
from ballast.domain.kernel.errors import InvalidInput, NotKnown, RuleBroken
from ballast.domain.kernel.number import ZERO
from ballast.ports.vault_contract import (
    Finality,
    Forward,
    FulfilDeposit,
    FulfilWithdrawal,
    Release,
    RequestKind,
    VaultAction,
    VaultRequest,
    VaultTotals,
)

CHAIN_ID = 1
PAGE_MAX = 500
_POSITION = re.compile(r"[1-9][0-9]{0,17}")


@define
class VaultBooks:
    """One contract with its custody wallet.

    A request is SEEN at once, CONFIRMED after `confirm_s` and FINAL after `final_s` seconds. `paid_btc` is what each
    user got from the contract less what the user brought, so that all BTC sums to zero with the rest of the world.
    """

    contract: str
    confirm_s: int
    final_s: int
    held_btc: Decimal = ZERO
    claimable_btc: Decimal = ZERO
    unreleased_btc: Decimal = ZERO
    custody_btc: Decimal = ZERO
    share_supply: Decimal = ZERO
    shares: dict[str, Decimal] = Factory(dict[str, Decimal])
    claims_btc: dict[str, Decimal] = Factory(dict[str, Decimal])
    paid_btc: dict[str, Decimal] = Factory(dict[str, Decimal])
    arrivals: Arrivals = field(factory=Arrivals)
    # By position less one; None where a reorganisation removed a request, so that later positions stay.
    _requests: list[VaultRequest | None] = Factory(list[VaultRequest | None])
    _released: set[str] = Factory(set[str])

    def deposit(self, now: datetime, user: str, amount: Amount) -> str:
        """Take a user's BTC and return the request's key."""
        check_positive("amount", amount, BTC)
        _add(self.paid_btc, user, -amount.quantity)
        self.held_btc += amount.quantity
        self.unreleased_btc += amount.quantity
        return self._open(now, RequestKind.DEPOSIT, user, amount)

    def request_withdrawal(self, now: datetime, user: str, amount: Amount) -> str:
        """Hold a user's shares in escrow and return the request's key; raises RuleBroken for more than are owned."""
        check_positive("amount", amount, SHARE)
        owned = self.shares.get(user, ZERO)
        if amount.quantity > owned:
            raise RuleBroken(f"shares of {user}", str(amount.quantity), str(owned))
        self.shares[user] = owned - amount.quantity
        return self._open(now, RequestKind.WITHDRAWAL, user, amount)

    def claim(self, user: str) -> Amount:
        """Pay a user everything that is claimable; raises RuleBroken when nothing is."""
        quantity = self.claims_btc.pop(user, ZERO)
        if not quantity:
            raise RuleBroken(f"claimable BTC of {user}", "more than zero", "0")
        self.claimable_btc -= quantity
        self.held_btc -= quantity
        _add(self.paid_btc, user, quantity)
        return Amount(BTC, quantity)

    def reorganise(self, now: datetime) -> tuple[str, ...]:
        """Undo every request that is only SEEN, as if its block was replaced, and return their keys."""
        undone: list[str] = []
        for index, request in enumerate(self._requests):
            if request is not None and self._finality(now, request) is Finality.SEEN:
                self._requests[index] = None
                self._undo(request)
                undone.append(request.key)
        return tuple(undone)

    def credit(self, amount: Amount, reference: str) -> None:
        """Book BTC that arrived in the contract; raises InvariantError for a reference that arrived before."""
        check_positive("amount", amount, BTC)
        self.arrivals.add(reference, amount)
        self.held_btc += amount.quantity

    def request(self, now: datetime, key: str) -> VaultRequest:
        """Return a request as the chain shows it at `now`; raises NotKnown."""
        request = self._requests[self._index(key)]
        if request is None:
            raise NotKnown("vault request", key)
        return evolve(request, finality=self._finality(now, request))

    def requests(self, now: datetime, after: int, limit: int) -> tuple[VaultRequest, ...]:
        """Return up to `limit` (1..500) requests whose position is after a cursor (>= 0)."""
        if after < 0:
            raise InvalidInput("after", "a position of 0 or more", str(after))
        if not 1 <= limit <= PAGE_MAX:
            raise InvalidInput("limit", f"1 to {PAGE_MAX}", str(limit))
        listed = (request for request in islice(self._requests, after, None) if request is not None)
        return tuple(evolve(request, finality=self._finality(now, request)) for request in islice(listed, limit))

    def totals(self) -> VaultTotals:
        """Return the contract's sums; shares in escrow are still supply."""
        return VaultTotals(self.share_supply, self.held_btc, self.claimable_btc)

    def act(self, now: datetime, action: VaultAction) -> tuple[Amount, Amount | None]:
        """Carry an action out and return what it sent and what came back for it.

        Raises RuleBroken or NotKnown, nothing moved, when the contract refuses it.
        """
        match action:
            case Release(key):
                return self._release(now, key), None
            case Forward(amount):
                return self._forward(amount), None
            case FulfilDeposit(key, shares):
                return self._fulfil_deposit(now, key, shares), None
            case FulfilWithdrawal(key, assets):
                return assets, self._fulfil_withdrawal(now, key, assets)

    def _open(self, now: datetime, kind: RequestKind, user: str, amount: Amount) -> str:
        position = len(self._requests) + 1
        key = f"{CHAIN_ID}:{self.contract}:{position}"
        self._requests.append(VaultRequest(position, key, kind, user, amount, now, Finality.SEEN, fulfilled=False))
        return key

    def _index(self, key: str) -> int:
        position = key.removeprefix(f"{CHAIN_ID}:{self.contract}:")
        if not _POSITION.fullmatch(position) or int(position) > len(self._requests):
            raise NotKnown("vault request", key)
        return int(position) - 1

    def _finality(self, now: datetime, request: VaultRequest) -> Finality:
        age = now - request.time
        if age >= timedelta(seconds=self.final_s):
            return Finality.FINAL
        return Finality.CONFIRMED if age >= timedelta(seconds=self.confirm_s) else Finality.SEEN

    def _undo(self, request: VaultRequest) -> None:
        quantity = request.amount.quantity
        if request.kind is RequestKind.WITHDRAWAL:
            _add(self.shares, request.owner, quantity)
            return
        self.unreleased_btc -= quantity
        self.held_btc -= quantity
        _add(self.paid_btc, request.owner, quantity)

    def _release(self, now: datetime, key: str) -> Amount:
        request = self.request(now, key)
        if request.kind is not RequestKind.DEPOSIT or key in self._released:
            found = "one released before" if key in self._released else f"a {request.kind.value}"
            raise RuleBroken(f"release of {key}", "a deposit that was not released", found)
        if request.finality is Finality.SEEN:
            raise RuleBroken(f"release of {key}", "a confirmed deposit", request.finality.value)
        self._released.add(key)
        self.unreleased_btc -= request.amount.quantity
        self.held_btc -= request.amount.quantity
        self.custody_btc += request.amount.quantity
        return request.amount

    def _forward(self, amount: Amount) -> Amount:
        if amount.quantity > self.custody_btc:
            raise RuleBroken("BTC in the custody wallet", str(amount.quantity), str(self.custody_btc))
        self.custody_btc -= amount.quantity
        return amount

    def _fulfil_deposit(self, now: datetime, key: str, shares: Amount) -> Amount:
        request = self._fulfil(now, key, RequestKind.DEPOSIT)
        self.share_supply += shares.quantity
        _add(self.shares, request.owner, shares.quantity)
        return shares

    def _fulfil_withdrawal(self, now: datetime, key: str, assets: Amount) -> Amount:
        free = self.held_btc - self.claimable_btc - self.unreleased_btc
        if assets.quantity > free:
            raise RuleBroken("BTC free in the contract", str(assets.quantity), str(free))
        request = self._fulfil(now, key, RequestKind.WITHDRAWAL)
        self.share_supply -= request.amount.quantity
        self.claimable_btc += assets.quantity
        _add(self.claims_btc, request.owner, assets.quantity)
        return request.amount

    def _fulfil(self, now: datetime, key: str, kind: RequestKind) -> VaultRequest:
        request = self.request(now, key)
        if (request.kind, request.finality, request.fulfilled) != (kind, Finality.FINAL, False):
            state = f"{request.kind.value}, {request.finality.value}, {'fulfilled' if request.fulfilled else 'open'}"
            raise RuleBroken(f"fulfilment of {key}", f"{kind.value}, {Finality.FINAL.value}, open", state)
        self._requests[self._index(key)] = evolve(request, fulfilled=True)
        return request


def check_action(action: VaultAction) -> None:
    """Raise InvalidInput for an action that is wrong in itself, whatever the contract's state."""
    match action:
        case Forward(amount):
            check_positive("amount", amount, BTC)
        case FulfilDeposit(_, shares):
            check_positive("shares", shares, SHARE)
        case FulfilWithdrawal(_, assets):
            check_positive("assets", assets, BTC)
        case Release():
            return


def _add(balances: dict[str, Decimal], user: str, quantity: Decimal) -> None:
    balances[user] = balances.get(user, ZERO) + quantity
