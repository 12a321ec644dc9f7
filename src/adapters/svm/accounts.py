"""Decoding the accounts of the perpetuals program; each proves itself before it is believed.

Layouts: the program's interface description of March 2026, checked on recorded accounts of February to October 2026.
Proofs: owner, discriminator, length, zero tail, booleans and enums in range, and the address that follows from the
fields. Fields nothing here needs are stepped over, by name.
"""

from attrs import frozen

from ballast.adapters.common.solana.layout import PUBKEY_LENGTH, RawAccount, Reader, prove_address, prove_owner
from ballast.adapters.common.solana.programs import PERPETUALS_PROGRAM, symbol_of
from ballast.adapters.svm.addresses import derived
from ballast.domain.kernel.errors import InvalidInput
from ballast.domain.pool.custody import Custody, Permissions, PositionTerms, WithdrawalLimit
from ballast.domain.pool.liquidation import Position, Side
from ballast.domain.pool.scale import BPS_PER_ONE
from ballast.domain.pool.state import Pool, PoolApr, PoolFees

CUSTODY = bytes.fromhex("01b830515d833f91")
POOL = bytes.fromhex("f19a6d0411b16dbc")
PERPETUALS = bytes.fromhex("1ca762bf68526cc4")
POSITION = bytes.fromhex("aabc8fe47a40f7d0")

_SPACE = 2000
_POSITION_SPACE = 216
_PERPETUALS_SPACE = 120
_DECIMALS_MAX = 18
_ORACLE_TYPE_MAX = 2
_NAME_LENGTH_MAX = 32
_CUSTODIES_MAX = 32
_OPEN_INTEREST_SLOTS = 60
_INTERVAL_S_MAX = 366 * 86_400
_SIDES = (Side.LONG, Side.SHORT)


@frozen(kw_only=True)
class Perpetuals:
    """The program's root account: which pools exist and what the administrator allows everywhere."""

    address: str
    permissions: Permissions
    pools: tuple[str, ...]
    admin: str


def opened(account: RawAccount, program: str, discriminator: bytes, length: int) -> Reader:
    """Return a reader behind the discriminator; raises InvalidInput for another owner, length or discriminator."""
    prove_owner(account, program)
    if len(account.data) != length:
        raise InvalidInput(f"{account.name}: length", f"{length} bytes", str(len(account.data)))
    reader = Reader(account)
    reader.expect("discriminator", discriminator)
    return reader


def decode_custody(account: RawAccount) -> Custody:
    """Return the custody in an account; raises InvalidInput unless every proof holds."""
    reader = opened(account, PERPETUALS_PROGRAM, CUSTODY, _SPACE)
    pool, mint, token_account = reader.pubkey("pool"), reader.pubkey("mint"), reader.pubkey("tokenAccount")
    decimals, is_stable = reader.at_most("decimals", 1, _DECIMALS_MAX), reader.boolean("isStable")
    reader.skip("oracle.oracleAccount", PUBKEY_LENGTH)
    reader.at_most("oracle.oracleType", 1, _ORACLE_TYPE_MAX)
    reader.skip("oracle.buffer", 8)
    price_age_s_max = reader.u32("oracle.maxPriceAgeSec")
    impact_scalar_usd, leverage_bps_max = _pricing(reader)
    permissions = _permissions(reader)
    target_ratio_bps = reader.at_most("targetRatioBps", 8, BPS_PER_ONE)
    fees_reserves, owned, locked = (reader.u64(f"assets.{name}") for name in ("feesReserves", "owned", "locked"))
    guaranteed_usd, short_size_usd = reader.u64("assets.guaranteedUsd"), reader.u64("assets.globalShortSizes")
    short_average_price = reader.u64("assets.globalShortAveragePrices")
    if short_size_usd and not short_average_price:
        reader.refuse("assets.globalShortAveragePrices", "more than zero as there are shorts", "0", 8)
    interest_index_e9 = reader.u128("fundingRateState.cumulativeInterestRate")
    reader.time("fundingRateState.lastUpdate")
    reader.skip("fundingRateState.hourlyFundingDbps", 8)
    bump, token_account_bump = reader.u8("bump"), reader.u8("tokenAccountBump")
    reader.skip("increasePositionBps", 8)
    close_fee_bps = reader.u64("decreasePositionBps")
    feed, debt_e9, interest_e9 = _lending(reader)
    staked_lamports, withdrawal = _limits(reader)
    reader.end()
    vault = derived(account, "custody_token_account", token_account_bump, pool, mint)
    if vault != token_account:
        raise InvalidInput(f"{account.name}: tokenAccount", f"{vault}, derived from its fields", token_account)
    symbol, asset = symbol_of(mint)
    return Custody(
        address=prove_address(account, derived(account, "custody", bump, pool, mint)),
        pool=pool,
        mint=mint,
        token_account=token_account,
        feed=feed,
        asset=asset,
        symbol=symbol,
        decimals=decimals,
        is_stable=is_stable,
        price_age_s_max=price_age_s_max,
        target_ratio_bps=target_ratio_bps,
        owned=owned,
        locked=locked,
        fees_reserves=fees_reserves,
        guaranteed_usd=guaranteed_usd,
        short_size_usd=short_size_usd,
        short_average_price=short_average_price,
        debt_e9=debt_e9,
        interest_e9=interest_e9,
        staked_lamports=staked_lamports,
        permissions=permissions,
        withdrawal=withdrawal,
        terms=PositionTerms(
            leverage_bps_max=leverage_bps_max,
            close_fee_bps=close_fee_bps,
            impact_scalar_usd=impact_scalar_usd,
            interest_index_e9=interest_index_e9,
        ),
    )


def decode_pool(account: RawAccount) -> Pool:
    """Return the pool in an account of any number of custodies; raises InvalidInput unless every proof holds."""
    reader = opened(account, PERPETUALS_PROGRAM, POOL, _SPACE)
    name = reader.take("name", reader.at_most("name length", 4, _NAME_LENGTH_MAX))
    count = reader.at_most("custodies length", 4, _CUSTODIES_MAX)
    custodies = tuple(reader.pubkey(f"custodies[{index}]") for index in range(count))
    aum_usd, aum_usd_max = reader.u128("aumUsd"), reader.u128("limit.maxAumUsd")
    buffer_bps = reader.u128("limit.tokenWeightageBufferBps")
    reader.skip("limit.buffer", 8)
    fees, apr = _fees(reader), _apr(reader)
    reader.skip("maxRequestExecutionSec", 8)
    bump, lp_mint_bump = reader.u8("bump"), reader.u8("lpTokenBump")
    reader.time("inceptionTime")
    reader.skip("parameterUpdateOracle", 1 + PUBKEY_LENGTH)
    aum_updated_time = reader.time("aumUsdUpdatedAt")
    reader.skip("maxTriggerPriceDiffBps", 8)
    reader.boolean("disableClosePositionRequest")
    lp_price_change_bps_max = reader.u64("maxLpTokenPriceChangeBps")
    aum_refreshed_slot = reader.u64("aumUsdRefreshedAtSlot")
    reader.end()
    address = prove_address(account, derived(account, "pool", bump, name))
    return Pool(
        address=address,
        lp_mint=derived(account, "lp_token_mint", lp_mint_bump, address),
        custodies=custodies,
        aum_usd=aum_usd,
        aum_usd_max=aum_usd_max,
        token_weightage_buffer_bps=buffer_bps,
        fees=fees,
        apr=apr,
        lp_price_change_bps_max=lp_price_change_bps_max,
        aum_updated_time=aum_updated_time,
        aum_refreshed_slot=aum_refreshed_slot,
    )


def decode_perpetuals(account: RawAccount) -> Perpetuals:
    """Return the program's root account; raises InvalidInput unless every proof holds."""
    reader = opened(account, PERPETUALS_PROGRAM, PERPETUALS, _PERPETUALS_SPACE)
    permissions = _permissions(reader)
    count = reader.at_most("pools length", 4, _CUSTODIES_MAX)
    pools = tuple(reader.pubkey(f"pools[{index}]") for index in range(count))
    admin = reader.pubkey("admin")
    reader.skip("transferAuthorityBump", 1)
    bump = reader.u8("perpetualsBump")
    reader.time("inceptionTime")
    reader.end()
    address = prove_address(account, derived(account, "perpetuals", bump))
    return Perpetuals(address=address, permissions=permissions, pools=pools, admin=admin)


def decode_position(account: RawAccount) -> Position | None:
    """Return an open position, None for a closed one (size 0); raises InvalidInput unless every proof holds."""
    reader = opened(account, PERPETUALS_PROGRAM, POSITION, _POSITION_SPACE)
    owner, pool, custody = reader.pubkey("owner"), reader.pubkey("pool"), reader.pubkey("custody")
    collateral_custody = reader.pubkey("collateralCustody")
    reader.time("openTime")
    reader.time("updateTime")
    side = reader.at_most("side", 1, len(_SIDES))
    if not side:
        reader.refuse("side", "1 (long) or 2 (short)", "0", 1)
    price, size_usd, collateral_usd = (reader.u64(name) for name in ("price", "sizeUsd", "collateralUsd"))
    reader.skip("realisedPnlUsd", 8)
    interest_snapshot_e9, locked = reader.u128("cumulativeInterestSnapshot"), reader.u64("lockedAmount")
    bump = reader.u8("bump")
    reader.end()
    address = derived(account, "position", bump, owner, pool, custody, collateral_custody, bytes([side]))
    prove_address(account, address)
    if not size_usd:
        return None
    if not price:
        raise InvalidInput(f"{account.name}: price of an open position", "more than zero", "0")
    return Position(
        address=address,
        owner=owner,
        custody=custody,
        collateral_custody=collateral_custody,
        side=_SIDES[side - 1],
        price=price,
        size_usd=size_usd,
        collateral_usd=collateral_usd,
        interest_snapshot_e9=interest_snapshot_e9,
        locked=locked,
    )


def _pricing(reader: Reader) -> tuple[int, int]:
    impact_scalar_usd = reader.u64("pricing.tradeImpactFeeScalar")
    reader.skip("pricing.buffer and swapSpread", 16)
    leverage_bps_max = reader.u64("pricing.maxLeverage")
    reader.skip("pricing.maxGlobalLongSizes and maxGlobalShortSizes", 16)
    return impact_scalar_usd, leverage_bps_max


def _permissions(reader: Reader) -> Permissions:
    return Permissions(
        swap=reader.boolean("permissions.allowSwap"),
        add_liquidity=reader.boolean("permissions.allowAddLiquidity"),
        remove_liquidity=reader.boolean("permissions.allowRemoveLiquidity"),
        increase_position=reader.boolean("permissions.allowIncreasePosition"),
        decrease_position=reader.boolean("permissions.allowDecreasePosition"),
        collateral_withdrawal=reader.boolean("permissions.allowCollateralWithdrawal"),
        liquidate_position=reader.boolean("permissions.allowLiquidatePosition"),
    )


def _lending(reader: Reader) -> tuple[str, int, int]:
    reader.skip("maxPositionSizeUsd", 8)
    reader.skip("dovesOracle", PUBKEY_LENGTH)
    reader.skip("jumpRateState", 4 * 8)
    feed = reader.pubkey("dovesAgOracle")
    reader.skip("priceImpactBuffer.openInterest", 8 * _OPEN_INTEREST_SLOTS)
    reader.time("priceImpactBuffer.lastUpdated")
    reader.skip("priceImpactBuffer.feeFactor, exponent, threshold and maxFeeBps", 8 + 4 + 8 + 8)
    reader.skip("borrowLendParameters", 5 * 8)
    reader.skip("borrowsFundingRateState.cumulativeInterestRate", 16)
    reader.time("borrowsFundingRateState.lastUpdate")
    reader.skip("borrowsFundingRateState.hourlyFundingDbps", 8)
    return feed, reader.u128("debt"), reader.u128("borrowLendInterestsAccured")


def _limits(reader: Reader) -> tuple[int, WithdrawalLimit]:
    reader.skip("borrowLimitInTokenAmount, minInterestFeeBps and its grace period", 24)
    staked_lamports = reader.u64("totalStakedAmountLamports")
    reader.skip("maxTotalStakedAmountLamports and externalSwapFeeMultiplierBps", 16)
    reader.boolean("disableClosePositionRequest")
    limit = WithdrawalLimit(
        limit=reader.u64("withdrawalLimitTokenAmount"),
        accumulated=reader.u64("withdrawalTokenAmountAccumulated"),
        reset_time=reader.time("withdrawalLimitLastResetAt"),
        interval_s=reader.at_most("withdrawalLimitIntervalSeconds", 8, _INTERVAL_S_MAX),
    )
    return staked_lamports, limit


def _fees(reader: Reader) -> PoolFees:
    return PoolFees(
        swap_multiplier=reader.u64("fees.swapMultiplier"),
        stable_swap_multiplier=reader.u64("fees.stableSwapMultiplier"),
        add_remove_liquidity_bps=reader.u64("fees.addRemoveLiquidityBps"),
        swap_bps=reader.u64("fees.swapBps"),
        tax_bps=reader.u64("fees.taxBps"),
        stable_swap_bps=reader.u64("fees.stableSwapBps"),
        stable_swap_tax_bps=reader.u64("fees.stableSwapTaxBps"),
        liquidation_reward_bps=reader.u64("fees.liquidationRewardBps"),
        protocol_share_bps=reader.at_most("fees.protocolShareBps", 8, BPS_PER_ONE),
    )


def _apr(reader: Reader) -> PoolApr:
    return PoolApr(
        last_updated_time=reader.time("poolApr.lastUpdated"),
        fee_apr_bps=reader.u64("poolApr.feeAprBps"),
        realized_fee_usd=reader.u64("poolApr.realizedFeeUsd"),
    )
