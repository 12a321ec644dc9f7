"""The requests we make: ccxt's name for each, where it counts and how much; one column per kind of account."""

from collections.abc import Mapping

from attrs import frozen

from ballast.adapters.exchange.budget import Pool
from ballast.adapters.exchange.settings import Variant
from ballast.domain.execution.instrument import Market


@frozen
class Endpoint:
    """One request; `weight` as the exchange counts it."""

    call: str
    pool: Pool
    weight: int
    is_order: bool = False


@frozen
class OrderEndpoints:
    """What one order book is traded through."""

    place: Endpoint
    order: Endpoint
    cancel: Endpoint
    trades: Endpoint


SPOT_ORDERS = OrderEndpoints(
    Endpoint("privatePostOrder", Pool.SPOT, 1, is_order=True),
    Endpoint("privateGetOrder", Pool.SPOT, 4),
    Endpoint("privateDeleteOrder", Pool.SPOT, 1),
    Endpoint("privateGetMyTrades", Pool.SPOT, 5),
)
PERP_ORDERS: Mapping[Variant, OrderEndpoints] = {
    Variant.FUTURES: OrderEndpoints(
        Endpoint("fapiPrivatePostOrder", Pool.FUTURES, 1, is_order=True),
        Endpoint("fapiPrivateGetOrder", Pool.FUTURES, 1),
        Endpoint("fapiPrivateDeleteOrder", Pool.FUTURES, 1),
        Endpoint("fapiPrivateGetUserTrades", Pool.FUTURES, 5),
    ),
    Variant.PORTFOLIO: OrderEndpoints(
        Endpoint("papiPostUmOrder", Pool.PORTFOLIO, 1, is_order=True),
        Endpoint("papiGetUmOrder", Pool.PORTFOLIO, 1),
        Endpoint("papiDeleteUmOrder", Pool.PORTFOLIO, 1),
        Endpoint("papiGetUmUserTrades", Pool.PORTFOLIO, 5),
    ),
}
MARKETS: Mapping[Market, Endpoint] = {
    Market.SPOT: Endpoint("publicGetExchangeInfo", Pool.SPOT, 20),
    Market.PERP: Endpoint("fapiPublicGetExchangeInfo", Pool.FUTURES, 1),
}
DEPTH: Mapping[Market, Endpoint] = {
    Market.SPOT: Endpoint("publicGetDepth", Pool.SPOT, 25),
    Market.PERP: Endpoint("fapiPublicGetDepth", Pool.FUTURES, 10),
}
INCOME: Mapping[Variant, Endpoint] = {
    Variant.FUTURES: Endpoint("fapiPrivateGetIncome", Pool.FUTURES, 30),
    Variant.PORTFOLIO: Endpoint("papiGetUmIncome", Pool.PORTFOLIO, 30),
}
ALL_ORDERS: Mapping[Variant, Endpoint] = {
    Variant.FUTURES: Endpoint("fapiPrivateGetAllOrders", Pool.FUTURES, 20),
    Variant.PORTFOLIO: Endpoint("papiGetUmAllOrders", Pool.PORTFOLIO, 20),
}
POSITIONS: Mapping[Variant, Endpoint] = {
    Variant.FUTURES: Endpoint("fapiPrivateV3GetPositionRisk", Pool.FUTURES, 5),
    Variant.PORTFOLIO: Endpoint("papiGetUmPositionRisk", Pool.PORTFOLIO, 5),
}
OPEN_USER_STREAM: Mapping[Variant, Endpoint] = {
    Variant.FUTURES: Endpoint("fapiPrivatePostListenKey", Pool.FUTURES, 1),
    Variant.PORTFOLIO: Endpoint("papiPostListenKey", Pool.PORTFOLIO, 1),
}
RENEW_USER_STREAM: Mapping[Variant, Endpoint] = {
    Variant.FUTURES: Endpoint("fapiPrivatePutListenKey", Pool.FUTURES, 1),
    Variant.PORTFOLIO: Endpoint("papiPutListenKey", Pool.PORTFOLIO, 1),
}
POSITION_MODE: Mapping[Variant, Endpoint] = {
    Variant.FUTURES: Endpoint("fapiPrivateGetPositionSideDual", Pool.FUTURES, 30),
    Variant.PORTFOLIO: Endpoint("papiGetUmPositionSideDual", Pool.PORTFOLIO, 30),
}
MULTI_ASSETS = Endpoint("fapiPrivateGetMultiAssetsMargin", Pool.FUTURES, 30)
MARKS = Endpoint("fapiPublicGetPremiumIndex", Pool.FUTURES, 10)
SERVER_TIME = Endpoint("fapiPublicGetTime", Pool.FUTURES, 1)
FUTURES_ACCOUNT = Endpoint("fapiPrivateV3GetAccount", Pool.FUTURES, 5)
ASSET_INDEX = Endpoint("fapiPublicGetAssetIndex", Pool.FUTURES, 10)
PORTFOLIO_ACCOUNT = Endpoint("papiGetAccount", Pool.PORTFOLIO, 20)
PORTFOLIO_BALANCE = Endpoint("papiGetBalance", Pool.PORTFOLIO, 20)
COLLATERAL_RATE = Endpoint("sapiGetPortfolioCollateralRate", Pool.WALLET, 50)
COLLATERAL_PRICE = Endpoint("sapiGetPortfolioAssetIndexPrice", Pool.WALLET, 1)
SPOT_ACCOUNT = Endpoint("privateGetAccount", Pool.SPOT, 20)
TRANSFER = Endpoint("sapiPostAssetTransfer", Pool.WALLET, 1)
TRANSFERS = Endpoint("sapiGetAssetTransfer", Pool.WALLET, 1)
WITHDRAW = Endpoint("sapiPostCapitalWithdrawApply", Pool.WALLET, 1)
WITHDRAWALS = Endpoint("sapiGetCapitalWithdrawHistory", Pool.WALLET, 1)
DEPOSITS = Endpoint("sapiGetCapitalDepositHisrec", Pool.WALLET, 1)
COINS = Endpoint("sapiGetCapitalConfigGetall", Pool.WALLET, 10)
RESTRICTIONS = Endpoint("sapiGetAccountApiRestrictions", Pool.WALLET, 1)
