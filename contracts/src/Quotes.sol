// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Roles} from "./Roles.sol";

/// @title The price: signed by one key, sent by another, in sequence and within bounds
/// @dev Prices are assets per share, times 1e18. A quote that is wrong in itself is refused; one that is only out of
/// bounds is held, and nothing is fulfilled until the reviewer accepts or dismisses exactly that quote.
abstract contract Quotes is Roles, EIP712 {
    struct Quote {
        uint64 seq;
        uint64 valuedAt;
        uint128 entryPrice;
        uint128 exitPrice;
    }

    /// Bounds on every quote. `intervalMin` (seconds between valuations) keeps many small steps from being one big one.
    struct QuoteBounds {
        uint256 stepBpsMax;
        uint256 spreadBpsMax;
        uint256 ageMax;
        uint256 intervalMin;
    }

    uint256 public constant PRICE_ONE = 1e18;
    uint256 private constant BPS_PER_ONE = 10_000;
    bytes32 private constant QUOTE_TYPEHASH =
        keccak256("Quote(uint64 seq,uint64 valuedAt,uint128 entryPrice,uint128 exitPrice)");

    uint256 public immutable stepBpsMax;
    uint256 public immutable spreadBpsMax;
    uint256 public immutable ageMax;
    uint256 public immutable intervalMin;

    /// The quote in force.
    Quote public quote;
    /// EIP-712 digest of the quote that waits for the reviewer; zero when none does.
    bytes32 public heldDigest;

    event QuotePublished(uint64 indexed seq, uint64 valuedAt, uint128 entryPrice, uint128 exitPrice);
    event QuoteHeld(uint64 indexed seq, uint64 valuedAt, uint128 entryPrice, uint128 exitPrice, bytes32 digest);
    event QuoteDismissed(bytes32 digest);

    error BoundsInvalid();
    error QuoteWaitsForReview(bytes32 digest);
    error QuoteNotHeld(bytes32 digest);
    error QuoteOutOfOrder(uint64 expectedSeq, uint64 seq);
    error ValuationInFuture(uint64 valuedAt);
    error ValuationTooEarly(uint64 valuedAt, uint256 earliest);
    error QuoteTooOld(uint64 valuedAt, uint256 age);
    error PricesInvalid(uint128 entryPrice, uint128 exitPrice);
    error SignerNotRecognised(address signer);
    error SecondPersonNeeded(address account);

    constructor(QuoteBounds memory bounds) EIP712("Ballast Vault", "1") {
        require(
            bounds.stepBpsMax < BPS_PER_ONE && bounds.spreadBpsMax < BPS_PER_ONE && bounds.ageMax > 0
                && bounds.intervalMin > 0,
            BoundsInvalid()
        );
        (stepBpsMax, spreadBpsMax) = (bounds.stepBpsMax, bounds.spreadBpsMax);
        (ageMax, intervalMin) = (bounds.ageMax, bounds.intervalMin);
        // The first quote's step is measured from one; no request can be older than this valuation.
        quote = Quote(0, uint64(block.timestamp), uint128(PRICE_ONE), uint128(PRICE_ONE));
    }

    /// Put a signed quote in force, or hold it when its step or spread is out of bounds.
    function publish(Quote calldata next, bytes calldata signature) external onlyRole(PUBLISHER) {
        require(heldDigest == 0, QuoteWaitsForReview(heldDigest));
        bytes32 digest = quoteDigest(next);
        address signer = ECDSA.recover(digest, signature);
        require(hasRole(PRICE_SIGNER, signer), SignerNotRecognised(signer));
        require(signer != msg.sender, SecondPersonNeeded(signer));
        _checkOrder(next);
        if (_withinBounds(next)) {
            _put(next);
        } else {
            heldDigest = digest;
            emit QuoteHeld(next.seq, next.valuedAt, next.entryPrice, next.exitPrice, digest);
        }
    }

    /// Put the held quote in force; the reviewer repeats it in full. Its age still binds fulfilment.
    function accept(Quote calldata held) external onlyRole(REVIEWER) {
        _takeHeld(quoteDigest(held));
        _put(held);
    }

    /// Throw the held quote away; the last one stays in force.
    function dismiss(bytes32 digest) external onlyRole(REVIEWER) {
        _takeHeld(digest);
        emit QuoteDismissed(digest);
    }

    /// The EIP-712 digest that the price signer signs.
    function quoteDigest(Quote calldata subject) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(QUOTE_TYPEHASH, subject.seq, subject.valuedAt, subject.entryPrice, subject.exitPrice)
            )
        );
    }

    /// The quote in force, if it may price a request made at a time; reverts otherwise.
    function _quoteFor(uint64 seq, uint256 requestedAt) internal view returns (Quote memory current) {
        current = quote;
        require(heldDigest == 0, QuoteWaitsForReview(heldDigest));
        require(seq == current.seq, QuoteOutOfOrder(current.seq, seq));
        // Strictly later: whoever asks must not know the price, or the request is a free option.
        require(current.valuedAt > requestedAt, ValuationTooEarly(current.valuedAt, requestedAt + 1));
        _checkAge(current.valuedAt);
    }

    function _checkOrder(Quote calldata next) private view {
        require(next.seq == quote.seq + 1, QuoteOutOfOrder(quote.seq + 1, next.seq));
        require(next.valuedAt <= block.timestamp, ValuationInFuture(next.valuedAt));
        uint256 earliest = quote.valuedAt + intervalMin;
        require(next.valuedAt >= earliest, ValuationTooEarly(next.valuedAt, earliest));
        _checkAge(next.valuedAt);
        bool ordered = 0 < next.exitPrice && next.exitPrice <= next.entryPrice;
        require(ordered, PricesInvalid(next.entryPrice, next.exitPrice));
    }

    function _checkAge(uint64 valuedAt) private view {
        uint256 age = block.timestamp - valuedAt;
        require(age <= ageMax, QuoteTooOld(valuedAt, age));
    }

    function _withinBounds(Quote calldata next) private view returns (bool) {
        uint256 spread = next.entryPrice - next.exitPrice;
        return spread * BPS_PER_ONE <= next.entryPrice * spreadBpsMax && _stepWithin(quote.entryPrice, next.entryPrice)
            && _stepWithin(quote.exitPrice, next.exitPrice);
    }

    function _stepWithin(uint256 last, uint256 next) private view returns (bool) {
        return (Math.max(last, next) - Math.min(last, next)) * BPS_PER_ONE <= last * stepBpsMax;
    }

    function _put(Quote calldata next) private {
        quote = next;
        emit QuotePublished(next.seq, next.valuedAt, next.entryPrice, next.exitPrice);
    }

    function _takeHeld(bytes32 digest) private {
        bool hot = hasRole(PUBLISHER, msg.sender) || hasRole(PRICE_SIGNER, msg.sender);
        require(!hot, SecondPersonNeeded(msg.sender));
        require(digest != 0 && digest == heldDigest, QuoteNotHeld(digest));
        heldDigest = 0;
    }
}
