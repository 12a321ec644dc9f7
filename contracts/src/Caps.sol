// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Roles} from "./Roles.sol";

/// @title How much a stolen hot key can do before it is stopped
/// @dev Days are UTC calendar days, so across midnight up to twice a day's cap can pass within an hour.
abstract contract Caps is Roles {
    /// Shares minted and assets reserved, in their smallest units.
    struct CapSet {
        uint256 mintPerBlock;
        uint256 mintPerDay;
        uint256 reservePerBlock;
        uint256 reservePerDay;
    }

    struct Usage {
        uint256 blockNumber;
        uint256 inBlock;
        uint256 day;
        uint256 inDay;
    }

    CapSet public caps;
    Usage internal minted;
    Usage internal reserved;

    event CapsSet(CapSet caps);

    error CapExceeded(uint256 cap, uint256 wanted);
    error CapRaised();

    constructor(CapSet memory initial) {
        _setCaps(initial);
    }

    /// Set all caps, up or down.
    function setCaps(CapSet calldata next) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setCaps(next);
    }

    /// Lower caps, to zero if need be.
    function cutCaps(CapSet calldata next) external onlyRole(GATEKEEPER) {
        bool lower = next.mintPerBlock <= caps.mintPerBlock && next.mintPerDay <= caps.mintPerDay
            && next.reservePerBlock <= caps.reservePerBlock && next.reservePerDay <= caps.reservePerDay;
        require(lower, CapRaised());
        _setCaps(next);
    }

    function _countMinted(uint256 shares) internal {
        _count(minted, shares, caps.mintPerBlock, caps.mintPerDay);
    }

    function _countReserved(uint256 assets) internal {
        _count(reserved, assets, caps.reservePerBlock, caps.reservePerDay);
    }

    function _count(Usage storage usage, uint256 amount, uint256 perBlock, uint256 perDay) private {
        uint256 day = block.timestamp / 1 days;
        if (usage.blockNumber != block.number) (usage.blockNumber, usage.inBlock) = (block.number, 0);
        if (usage.day != day) (usage.day, usage.inDay) = (day, 0);
        usage.inBlock += amount;
        usage.inDay += amount;
        require(usage.inBlock <= perBlock, CapExceeded(perBlock, usage.inBlock));
        require(usage.inDay <= perDay, CapExceeded(perDay, usage.inDay));
    }

    function _setCaps(CapSet memory next) private {
        caps = next;
        emit CapsSet(next);
    }
}
