"""A real EVM in this process (revm), under Shanghai rules, whose blocks and time the test chooses."""

import re
from typing import Any, cast

from attrs import define, field, frozen
from eth_abi.abi import decode, encode
from eth_typing import ABIElement, ABIEvent, ABIFunction
from eth_utils.abi import (
    event_abi_to_log_topic,
    function_abi_to_4byte_selector,
    get_abi_input_types,
    get_abi_output_types,
)
from pyrevm import EVM, BlockEnv, CfgEnv, Env

from ballast.adapters.evm.artifacts import Artifact

CHAIN_ID = 31337
START_S = 1_800_000_000
SLOT_S = 12
_OUTPUT = re.compile(r"Revert \{.*output: 0x([0-9a-f]*)")


class Reverted(Exception):
    """The contract refused; `name` is its custom error, `values` the error's arguments."""

    def __init__(self, name: str, values: tuple[Any, ...] = ()) -> None:
        super().__init__(f"{name}{values}")
        self.name = name
        self.values = values


@frozen
class Log:
    """One event, with all its arguments in the ABI's order, by name."""

    name: str
    values: dict[str, Any]


@define
class Chain:
    """Blocks of our own making."""

    number: int = 1
    time_s: int = START_S
    _evm: EVM = field(init=False)

    def __attrs_post_init__(self) -> None:
        block = BlockEnv(number=self.number, timestamp=self.time_s)
        self._evm = EVM(env=Env(cfg=CfgEnv(chain_id=CHAIN_ID), block=block), spec_id="SHANGHAI")

    def deploy(self, artifact: Artifact, sender: str, *values: Any) -> "Contract":
        """Deploy a build with its constructor's arguments."""
        creation = next((entry for entry in artifact.abi if entry["type"] == "constructor"), None)
        types = get_abi_input_types(cast("ABIElement", creation)) if creation else []
        try:
            # pyrevm declares a parameter that is not used here as a bare dict.
            address: str = self._evm.deploy(sender, artifact.bytecode + encode(types, values))  # pyright: ignore[reportUnknownMemberType]
        except RuntimeError as error:
            raise _reverted(error, artifact.abi) from None
        return Contract(self, address.lower(), artifact.abi)

    def mine(self, seconds: int = SLOT_S) -> None:
        """Begin the next block, some seconds later."""
        self.number += 1
        self.time_s += seconds
        self._evm.set_block_env(BlockEnv(number=self.number, timestamp=self.time_s))

    def call(self, contract: "Contract", sender: str, data: bytes) -> bytes:
        """Send a transaction and return what the contract gave back; raises Reverted."""
        try:
            return bytes(self._evm.message_call(sender, contract.address, data))
        except RuntimeError as error:
            raise _reverted(error, contract.abi) from None

    def logs(self) -> list[tuple[list[str], bytes]]:
        """Return topics and data of the last transaction's logs."""
        return [] if self._evm.result is None else [(log.topics, log.data[1]) for log in self._evm.result.logs]


@frozen
class _Method:
    selector: bytes
    inputs: list[str]
    outputs: list[str]


@define
class Contract:
    """A deployed contract, called by name; overloads are told apart by the number of arguments."""

    chain: Chain
    address: str
    abi: list[dict[str, Any]]
    _methods: dict[tuple[str, int], _Method] = field(init=False)

    def __attrs_post_init__(self) -> None:
        functions = [cast("ABIFunction", entry) for entry in self.abi if entry["type"] == "function"]
        self._methods = {(each["name"], len(each.get("inputs", ()))): _method(each) for each in functions}

    def send(self, sender: str, name: str, *values: Any) -> Any:
        """Call a function; one result comes bare, several as a tuple. Raises Reverted."""
        method = self._methods[name, len(values)]
        data = method.selector + encode(method.inputs, values)
        results = decode(method.outputs, self.chain.call(self, sender, data))
        return results[0] if len(results) == 1 else results

    def read(self, name: str, *values: Any) -> Any:
        """Call a view as nobody in particular."""
        return self.send(f"0x{'9' * 40}", name, *values)

    def events(self) -> list[Log]:
        """Return this contract's events of the last transaction; others' are left out."""
        known = {event_abi_to_log_topic(event): event for event in _events(self.abi)}
        found = [(known.get(bytes.fromhex(topics[0][2:])), topics, data) for topics, data in self.chain.logs()]
        return [_log(event, topics, data) for event, topics, data in found if event]


def _method(function: ABIFunction) -> _Method:
    inputs, outputs = get_abi_input_types(function), get_abi_output_types(function)
    return _Method(bytes(function_abi_to_4byte_selector(function)), inputs, outputs)


def _events(abi: list[dict[str, Any]]) -> list[ABIEvent]:
    return [cast("ABIEvent", entry) for entry in abi if entry["type"] == "event"]


def _log(event: ABIEvent, topics: list[str], data: bytes) -> Log:
    inputs = event.get("inputs", ())
    plain = iter(decode([each["type"] for each in inputs if not each.get("indexed")], data))
    indexed = iter(topics[1:])
    values: dict[str, Any] = {}
    for each in inputs:
        one = decode([each["type"]], bytes.fromhex(next(indexed)[2:]))[0] if each.get("indexed") else next(plain)
        values[each.get("name", "")] = one
    return Log(event["name"], values)


def _reverted(error: RuntimeError, abi: list[dict[str, Any]]) -> Reverted:
    found = _OUTPUT.search(str(error))
    output = bytes.fromhex(found[1]) if found else b""
    for entry in abi:
        # An error has the same shape as a function without results.
        shape = cast("ABIFunction", {**entry, "type": "function"})
        if entry["type"] == "error" and output.startswith(function_abi_to_4byte_selector(shape)):
            return Reverted(entry["name"], decode(get_abi_input_types(shape), output[4:]))
    return Reverted(str(error))
