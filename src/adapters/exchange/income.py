"""What changed the margin wallet without an order of ours, numbered."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from attrs import define

from ballast.adapters.exchange.endpoints import INCOME
from ballast.adapters.exchange.errors import reading
from ballast.adapters.exchange.fields import number
from ballast.adapters.exchange.instruments import our_symbol
from ballast.adapters.exchange.line import Line, milliseconds, moment
from ballast.adapters.exchange.memory import Change, Memory
from ballast.adapters.exchange.settings import ExchangeSettings
from ballast.domain.execution.instrument import Instrument, Market
from ballast.domain.kernel.amount import Amount
from ballast.domain.kernel.asset import Asset
from ballast.domain.kernel.errors import InvalidInput
from ballast.ports.venue import Income, IncomeKind

_LIMIT_MAX = 1000
# A change may be listed a little after later ones; those that are numbered already do not count twice.
_OVERLAP = timedelta(minutes=10)
_KINDS = {"FUNDING_FEE": IncomeKind.FUNDING, "INSURANCE_CLEAR": IncomeKind.LIQUIDATION}
