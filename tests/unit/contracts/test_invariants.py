"""Any order of users', keepers' and thieves' moves: the contract decides as the model does, and its sums are equal."""

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.unit.contracts.chain import Reverted
from tests.unit.contracts.model import INTERVAL_S, Asked, Bucket, Model
from tests.unit.contracts.rig import (
    ADMIN,
    ALICE,
    BOB,
    CUSTODY,
    DAY_S,
    FOREVER,
    FULFILLER,
    GATEKEEPER,
    HOUR_S,
    MALLORY,
    ONE,
    PUBLISHER,
    REVIEWER,
    Rig,
    sign_quote,
    with_caps,
)  # fmt: skip

USERS = (ALICE, BOB, MALLORY)
PURSE = 10_000
CAPS = (1500, 4000, 1000, 3000)

users = st.sampled_from(USERS)
amounts = st.integers(1, 900)
places = st.integers(0, 40)


class VaultMachine(RuleBasedStateMachine):
    """Amounts are a few thousand units, so that every unit lost to rounding shows."""

    def __init__(self) -> None:
        super().__init__()
        self.rig: Rig = with_caps(*CAPS)
        for user in USERS:
            self.rig.token.send(user, "mint", user, PURSE)
            self.rig.token.send(user, "approve", self.rig.vault.address, FOREVER)
        self.model = Model(self.rig.vault.read("quote"), CAPS)

    @initialize()
    def let_everybody_hold_shares(self) -> None:
        for user in USERS:
            self.ask_in(user, 1100, 0, FOREVER)
            self.answer_at_a_fresh_price(0, 0)
            self.claim_by_what_was_given(user, deposit=True, amount=0, everything=True)

    @rule(user=users, amount=amounts, loss=st.sampled_from([0, 0, 20]), patience_s=st.sampled_from([FOREVER, HOUR_S]))
    def ask_in(self, user: str, amount: int, loss: int, patience_s: int) -> None:
        may = not self.model.paused and amount <= self.rig.token.read("balanceOf", user)
        self._ask(user, amount, loss, patience_s, deposit=True, may=may)

    @rule(user=users, amount=amounts, loss=st.sampled_from([0, 0, 20]), patience_s=st.sampled_from([FOREVER, HOUR_S]))
    def ask_out(self, user: str, amount: int, loss: int, patience_s: int) -> None:
        may = not self.model.paused and 0 < amount <= self._owned(user, shares=True)
        self._ask(user, amount, loss, patience_s, deposit=False, may=may)

    @rule(entry=st.integers(990, 1010), spread=st.integers(0, 15), wait_s=st.sampled_from([0, 59, 60, 300]))
    def publish(self, entry: int, spread: int, wait_s: int) -> None:
        self.rig.chain.mine(wait_s)
        quote = self.rig.quote(entry * ONE // 1000, (entry - spread) * ONE // 1000)
        may = quote[1] >= self.model.quote[1] + INTERVAL_S
        send = self._try(may, PUBLISHER, "publish", quote, sign_quote(quote, self.rig.vault.address))
        if not send:
            return
        if self.rig.vault.read("heldDigest") == bytes(32):
            self.model.quote = quote
        elif entry % 2:
            self.rig.vault.send(REVIEWER, "accept", quote)
            self.model.quote = quote
        else:
            self.rig.vault.send(REVIEWER, "dismiss", self.rig.vault.read("heldDigest"))

    @rule(request=places, behind=st.sampled_from([0, 0, 0, 0, 1]))
    def fulfil(self, request: int, behind: int) -> None:
        chain, seq = self.rig.chain, max(0, self.model.quote[0] - behind)
        asked = self.model.asked.get(request)
        may = self.model.may_fulfil(asked, seq, chain.number, chain.time_s)
        if self._try(may, FULFILLER, "fulfil", request, seq) and asked:
            self.model.fulfil(asked, chain.number, chain.time_s)

    @precondition(lambda self: self.waiting)
    @rule(choice=places, late_s=st.sampled_from([0, 0, 0, 0, HOUR_S, HOUR_S + 1]))
    def answer_at_a_fresh_price(self, choice: int, late_s: int) -> None:
        self.publish(996 + choice % 9, choice % 5, 60)
        self.rig.chain.mine(late_s)
        # From the newest on.
        self.fulfil(self.waiting[-1 - choice % len(self.waiting)], 0)

    @rule(user=users, amount=amounts, later_s=st.integers(0, 1))
    def ask_when_the_price_is_known(self, user: str, amount: int, later_s: int) -> None:
        self.publish(1000, 0, 60)
        self.rig.chain.mine(later_s)
        self.ask_in(user, amount, 0, FOREVER)
        self.fulfil(self._read("lastRequestId"), 0)

    @rule(user=users, above=st.integers(0, 1))
    def fill_a_block_to_its_cap(self, user: str, above: int) -> None:
        self.ask_in(user, CAPS[0] + above, 0, FOREVER)
        self.publish(1000, 0, 60)
        self.fulfil(self._read("lastRequestId"), 0)

    @precondition(lambda self: self.waiting)
    @rule(choice=places, released=st.booleans())
    def cancel_when_nobody_answered(self, choice: int, released: bool) -> None:  # noqa: FBT001
        request = self.waiting[choice % len(self.waiting)]
        if released:
            self.release(request)
        self.rig.chain.mine(3 * DAY_S)
        self.to_custody(self.model.free)
        self.cancel(request)

    @rule(request=places)
    def release(self, request: int) -> None:
        asked = self.model.asked.get(request)
        fit = asked is not None and asked.deposit and asked.state == "open"
        may = fit and not self.model.paused and asked is not None and self.rig.chain.time_s <= asked.deadline_s
        if self._try(may, FULFILLER, "release", request) and asked:
            asked.state = "released"

    @rule(amount=st.integers(0, 3000))
    def to_custody(self, amount: int) -> None:
        if self._try(not self.model.paused and amount <= self.model.free, FULFILLER, "toCustody", amount):
            self.model.free -= amount

    @rule(above=st.integers(-1, 1))
    def to_custody_at_the_bound(self, above: int) -> None:
        self.to_custody(max(0, self.model.free + above))

    @rule(amount=amounts)
    def bring_back(self, amount: int) -> None:
        amount = min(amount, self.rig.token.read("balanceOf", CUSTODY))
        self.rig.token.send(CUSTODY, "transfer", self.rig.vault.address, amount)
        self.model.free += amount

    @rule(user=users, deposit=st.booleans(), amount=amounts, everything=st.booleans())
    def claim_by_what_was_given(self, user: str, deposit: bool, amount: int, everything: bool) -> None:  # noqa: FBT001
        bucket = self.model.buckets.get((user, deposit), Bucket())
        amount = bucket.given if everything else amount
        before = self._owned(user, shares=deposit)
        if self._try(0 < amount <= bucket.given, user, "deposit" if deposit else "redeem", amount, user, user):
            got = amount * bucket.got // bucket.given
            assert self._owned(user, shares=deposit) == before + got
            bucket.given -= amount
            bucket.got -= got

    @rule(user=users, deposit=st.booleans(), amount=amounts, everything=st.booleans())
    def claim_by_what_is_got(self, user: str, deposit: bool, amount: int, everything: bool) -> None:  # noqa: FBT001
        bucket = self.model.buckets.get((user, deposit), Bucket())
        amount = bucket.got if everything else amount
        before = self._owned(user, shares=deposit)
        if self._try(0 < amount <= bucket.got, user, "mint" if deposit else "withdraw", amount, user, user):
            bucket.given -= -(-amount * bucket.given // bucket.got)
            bucket.got -= amount
            assert self._owned(user, shares=deposit) == before + amount

    @precondition(lambda self: any(bucket.got for bucket in self.model.buckets.values()))
    @rule(choice=places, part=st.sampled_from([1, 2, 3]), by_given=st.booleans(), stop=st.booleans())
    def claim_a_part_of_what_is_there(self, choice: int, part: int, by_given: bool, stop: bool) -> None:  # noqa: FBT001
        if stop and not self.model.paused:
            self.pause_or_go_on(really=True)
        filled = [(owner, bucket) for owner, bucket in self.model.buckets.items() if bucket.got]
        (user, deposit), bucket = filled[choice % len(filled)]
        claim = self.claim_by_what_was_given if by_given else self.claim_by_what_is_got
        claim(user, deposit, (bucket.given if by_given else bucket.got) // part, everything=False)
        if self.model.paused:
            self.pause_or_go_on(really=False)

    @rule(user=users, amount=amounts)
    def ask_out_and_answer(self, user: str, amount: int) -> None:
        self.ask_out(user, min(amount, self._owned(user, shares=True)), 0, FOREVER)
        self.publish(1000, 2, 60)
        self.fulfil(self._read("lastRequestId"), 0)

    @rule(request=places)
    def cancel(self, request: int) -> None:
        asked = self.model.asked.get(request)
        user = asked.user if asked else ALICE
        if self._try(self.model.may_cancel(asked, self.rig.chain.time_s), user, "cancel", request, user) and asked:
            self.model.cancel(asked)

    @rule(really=st.sampled_from([True, False, False, False]))
    def pause_or_go_on(self, really: bool) -> None:  # noqa: FBT001
        # Seldom paused and soon resumed: most moves need a vault that goes.
        if not (self.model.paused or really):
            return
        self.rig.vault.send(ADMIN if self.model.paused else GATEKEEPER, "unpause" if self.model.paused else "pause")
        self.model.paused = not self.model.paused

    @rule(seconds=st.sampled_from([1, 12, HOUR_S, DAY_S, 3 * DAY_S]))
    def wait(self, seconds: int) -> None:
        self.rig.chain.mine(seconds)

    @rule(victim=st.sampled_from([ALICE, BOB]), amount=amounts, request=places)
    def steal(self, victim: str, amount: int, request: int) -> None:
        quote = self.rig.quote()
        attacks: tuple[tuple[str, tuple[Any, ...]], ...] = (
            ("fulfil", (request, quote[0] - 1)), ("release", (request,)), ("toCustody", (amount,)),
            ("publish", (quote, sign_quote(quote, self.rig.vault.address))), ("accept", (quote,)),
            ("requestDeposit", (amount, MALLORY, victim)), ("requestRedeem", (amount, MALLORY, victim)),
            ("deposit", (amount, MALLORY, victim)), ("mint", (amount, MALLORY, victim)),
            ("redeem", (amount, MALLORY, victim)), ("withdraw", (amount, MALLORY, victim)),
            ("transferFrom", (victim, MALLORY, amount)), ("proposeCustody", (MALLORY,)), ("changeCustody", ()),
            ("setCaps", (CAPS,)), ("pause", ()), ("unpause", ()),
        )  # fmt: skip
        for name, values in attacks:
            self._try(False, MALLORY, name, *values)  # noqa: FBT003  # no attack may succeed

    @invariant()
    def the_contract_is_solvent_to_the_unit(self) -> None:
        assert self.rig.held() == self.model.held()
        assert self._read("freeAssets") == self.model.free

    @invariant()
    def open_sums_are_the_sums_of_open_requests(self) -> None:
        assert self._read("openAssets") == self.model.open_sum(deposit=True)
        assert self._read("releasedAssets") == self.model.open_sum(deposit=True, states=("released",))
        assert self._read("openShares") == self.model.open_sum(deposit=False)

    @invariant()
    def reserves_are_what_users_may_claim(self) -> None:
        assert self._read("claimableAssets") == self.model.claimable(deposit=False)
        assert self._read("claimableShares") == self.model.claimable(deposit=True)

    @invariant()
    def shares_are_all_accounted_for(self) -> None:
        in_vault = self._read("balanceOf", self.rig.vault.address)
        assert in_vault == self._read("openShares") + self._read("claimableShares")
        assert self._read("totalSupply") == self.model.supply
        assert in_vault + sum(self._read("balanceOf", user) for user in USERS) == self.model.supply

    @invariant()
    def no_asset_appears_or_vanishes(self) -> None:
        everywhere = (*USERS, CUSTODY, self.rig.vault.address)
        assert sum(self.rig.token.read("balanceOf", place) for place in everywhere) == PURSE * len(USERS)

    @invariant()
    def claimable_by_request_sums_to_claimable_by_user(self) -> None:
        for (user, deposit), bucket in self.model.buckets.items():
            name = "claimableDepositRequest" if deposit else "claimableRedeemRequest"
            assert sum(self._read(name, request, user) for request in self.model.asked) == bucket.given
            assert self._read("maxMint" if deposit else "maxWithdraw", user) == bucket.got

    def _ask(self, user: str, amount: int, loss: int, patience_s: int, *, deposit: bool, may: bool) -> None:
        now = self.rig.chain.time_s
        deadline_s = FOREVER if patience_s == FOREVER else now + patience_s
        out_min = amount * (1000 - loss) // 1000 if loss else 0
        name = "requestDeposit" if deposit else "requestRedeem"
        if self._try(may, user, name, amount, user, user, out_min, deadline_s):
            self.model.asked[self._read("lastRequestId")] = Asked(user, deposit, amount, now, out_min, deadline_s)

    def _try(self, may: bool, sender: str, name: str, *values: Any) -> bool:  # noqa: FBT001
        """Call, and find that the contract decides as the model does."""
        outcome = "accepted"
        try:
            self.rig.vault.send(sender, name, *values)
        except Reverted as reverted:
            outcome = f"refused with {reverted}"
        assert (outcome == "accepted") is may, f"{name} was {outcome}"
        return may

    @property
    def waiting(self) -> list[int]:
        """The requests that wait for an answer."""
        return [request for request, each in self.model.asked.items() if each.is_open]

    def _owned(self, user: str, *, shares: bool) -> int:
        token = self.rig.vault if shares else self.rig.token
        return int(token.read("balanceOf", user))

    @property
    def _read(self) -> Callable[..., Any]:
        return self.rig.vault.read


TestVault = VaultMachine.TestCase
TestVault.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
