// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Caps} from "./Caps.sol";
import {Claims} from "./Claims.sol";
import {Custody} from "./Custody.sol";
import {IERC7540Deposit, IERC7540Operator, IERC7540Redeem} from "./IERC7540.sol";
import {Quotes} from "./Quotes.sol";
import {Requests} from "./Requests.sol";
import {Roles} from "./Roles.sol";

/// @title An ERC-7540 vault, asynchronous both ways, whose price comes from outside and whose share is itself
/// @dev Not upgradeable; no role can mint, rescue tokens or name an amount of a fulfilment. The asset must be a plain
/// ERC-20 of 8 decimals that moves exactly what it is told to (WBTC does).
contract Vault is Claims, Quotes, Caps, Custody {
    using SafeERC20 for IERC20;

    /// Delays in seconds.
    struct Delays {
        uint48 admin;
        uint256 custody;
        uint256 cancel;
    }

    /// ERC-165 id of ERC-7575.
    bytes4 private constant IERC7575_ID = 0x2f0a18c5;
    uint8 private constant DECIMALS = 8;

    event RequestFulfilled(
        uint256 indexed requestId, address indexed controller, Kind kind, uint64 seq, uint256 amount, uint256 output
    );
    event DepositReleased(uint256 indexed requestId, address indexed custody, uint256 assets);
    event SentToCustody(address indexed custody, uint256 assets);

    error AssetDecimalsInvalid(uint8 decimals);
    error OutputTooSmall(uint256 outMin, uint256 output);
    error PreviewNotPossible();

    constructor(
        IERC20Metadata asset_,
        address custody_,
        Holders memory holders,
        QuoteBounds memory bounds,
        CapSet memory caps_,
        Delays memory delays
    )
        ERC20("Ballast BTC", "bBTC")
        Roles(holders, delays.admin)
        Requests(asset_, delays.cancel)
        Quotes(bounds)
        Caps(caps_)
        Custody(custody_, delays.custody)
    {
        require(asset_.decimals() == DECIMALS, AssetDecimalsInvalid(asset_.decimals()));
    }

    /// Answer an open request at the quote in force, which must be number `seq`; returns shares or assets made claimable.
    function fulfil(uint256 requestId, uint64 seq)
        external
        onlyRole(FULFILLER)
        whenNotPaused
        nonReentrant
        returns (uint256 output)
    {
        Request storage request = _openRequest(requestId);
        Quote memory current = _quoteFor(seq, request.requestedAt);
        require(block.timestamp <= request.deadline, DeadlinePassed(request.deadline));
        bool entry = request.kind == Kind.Deposit;
        // Both round down: what is lost to rounding stays with the holders.
        output = entry
            ? Math.mulDiv(request.amount, PRICE_ONE, current.entryPrice)
            : Math.mulDiv(request.amount, current.exitPrice, PRICE_ONE);
        require(output > 0 && output >= request.outMin, OutputTooSmall(request.outMin, output));
        _close(request, State.Fulfilled);
        _fill(request, output);
        emit RequestFulfilled(requestId, request.controller, request.kind, seq, request.amount, output);
        if (entry) _issue(output);
        else _reserve(request.amount, output);
    }

    /// Send an open deposit's assets to custody, to be invested before it is fulfilled.
    function release(uint256 requestId) external onlyRole(FULFILLER) whenNotPaused nonReentrant {
        Request storage request = requests[requestId];
        bool open = request.kind == Kind.Deposit && request.state == State.Open;
        require(open, RequestNotOpen(requestId, request.state));
        require(block.timestamp <= request.deadline, DeadlinePassed(request.deadline));
        request.state = State.Released;
        releasedAssets += request.amount;
        emit DepositReleased(requestId, custody, request.amount);
        _asset.safeTransfer(custody, request.amount);
    }

    /// Send assets that belong to no request and no claim to custody.
    function toCustody(uint256 assets) external onlyRole(FULFILLER) whenNotPaused nonReentrant {
        _checkFree(assets);
        emit SentToCustody(custody, assets);
        _asset.safeTransfer(custody, assets);
    }

    function asset() external view returns (address) {
        return address(_asset);
    }

    function share() external view returns (address) {
        return address(this);
    }

    /// All shares at the exit price in force; where the assets are is not the contract's to know.
    function totalAssets() external view returns (uint256) {
        return convertToAssets(totalSupply());
    }

    function convertToShares(uint256 assets) external view returns (uint256) {
        return Math.mulDiv(assets, PRICE_ONE, quote.entryPrice);
    }

    function convertToAssets(uint256 shares) public view returns (uint256) {
        return Math.mulDiv(shares, quote.exitPrice, PRICE_ONE);
    }

    /// ERC-7540: an asynchronous flow has no preview.
    function previewDeposit(uint256) external pure returns (uint256) {
        revert PreviewNotPossible();
    }

    function previewMint(uint256) external pure returns (uint256) {
        revert PreviewNotPossible();
    }

    function previewWithdraw(uint256) external pure returns (uint256) {
        revert PreviewNotPossible();
    }

    function previewRedeem(uint256) external pure returns (uint256) {
        revert PreviewNotPossible();
    }

    function decimals() public pure override returns (uint8) {
        return DECIMALS;
    }

    function supportsInterface(bytes4 id) public view override(AccessControlDefaultAdminRules) returns (bool) {
        return id == type(IERC7540Operator).interfaceId || id == IERC7575_ID
            || id == type(IERC7540Redeem).interfaceId || id == type(IERC7540Deposit).interfaceId
            || super.supportsInterface(id);
    }

    function _issue(uint256 shares) private {
        _countMinted(shares);
        claimableShares += shares;
        _mint(address(this), shares);
    }

    function _reserve(uint256 shares, uint256 assets) private {
        _checkFree(assets);
        _countReserved(assets);
        claimableAssets += assets;
        _burn(address(this), shares);
    }
}
