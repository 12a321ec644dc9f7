// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IERC7540Deposit, IERC7540Operator, IERC7540Redeem} from "./IERC7540.sol";
import {Roles} from "./Roles.sol";

/// @title Users' requests: made, limited, cancelled
/// @dev Ids count from one over both kinds, so they are also the order of requests. What was asked for lies in the
/// contract (shares always; assets until released to custody) until it is fulfilled or cancelled.
abstract contract Requests is ERC20, Roles, ReentrancyGuard, IERC7540Operator, IERC7540Deposit, IERC7540Redeem {
    using SafeERC20 for IERC20;

    enum Kind {
        Deposit,
        Redeem
    }

    /// `Released` is open too: a deposit whose assets went to custody to be invested before it is fulfilled.
    enum State {
        None,
        Open,
        Released,
        Fulfilled,
        Cancelled
    }

    /// `amount` is assets of a deposit, shares of a redemption; `outMin` is in the other one. `claimFrom` is where
    /// the request begins in the row of all that was fulfilled for its controller.
    struct Request {
        address controller;
        uint64 requestedAt;
        Kind kind;
        State state;
        uint256 amount;
        uint256 outMin;
        uint256 deadline;
        uint256 claimFrom;
    }

    IERC20 internal immutable _asset;
    /// Seconds after which a request that nobody fulfilled may be cancelled.
    uint256 public immutable cancelDelay;

    uint256 public lastRequestId;
    mapping(uint256 requestId => Request) public requests;
    mapping(address controller => mapping(address operator => bool)) public isOperator;

    /// Assets of all open deposits, and how much of them is with custody.
    uint256 public openAssets;
    uint256 public releasedAssets;
    /// Shares of all open redemptions.
    uint256 public openShares;
    /// What fulfilled requests have not claimed yet.
    uint256 public claimableAssets;
    uint256 public claimableShares;

    event RequestCancelled(uint256 indexed requestId, address indexed controller, address receiver, uint256 amount);

    error AmountIsZero();
    error PartyInvalid(address party);
    error NotPermitted(address party, address caller);
    error DeadlinePassed(uint256 deadline);
    error RequestNotOpen(uint256 requestId, State state);
    error TooEarlyToCancel(uint256 cancellableAt);
    error FreeAssetsTooFew(uint256 free, uint256 wanted);

    constructor(IERC20 asset_, uint256 delay) {
        (_asset, cancelDelay) = (asset_, delay);
    }

    function setOperator(address operator, bool approved) external returns (bool) {
        isOperator[msg.sender][operator] = approved;
        emit OperatorSet(msg.sender, operator, approved);
        return true;
    }

    function requestDeposit(uint256 assets, address controller, address owner) external returns (uint256) {
        return requestDeposit(assets, controller, owner, 0, type(uint256).max);
    }

    function requestRedeem(uint256 shares, address controller, address owner) external returns (uint256) {
        return requestRedeem(shares, controller, owner, 0, type(uint256).max);
    }

    /// Ask for shares: at least `sharesMin` of them, fulfilled at `deadline` (Unix time) at the latest.
    function requestDeposit(uint256 assets, address controller, address owner, uint256 sharesMin, uint256 deadline)
        public
        whenNotPaused
        nonReentrant
        returns (uint256 requestId)
    {
        _checkPermitted(owner);
        requestId = _open(Kind.Deposit, assets, controller, sharesMin, deadline);
        openAssets += assets;
        emit DepositRequest(controller, owner, requestId, msg.sender, assets);
        _asset.safeTransferFrom(owner, address(this), assets);
    }

    /// Ask for assets: at least `assetsMin` of them, fulfilled at `deadline` (Unix time) at the latest.
    function requestRedeem(uint256 shares, address controller, address owner, uint256 assetsMin, uint256 deadline)
        public
        whenNotPaused
        nonReentrant
        returns (uint256 requestId)
    {
        if (!_isPermitted(owner)) _spendAllowance(owner, msg.sender, shares);
        requestId = _open(Kind.Redeem, shares, controller, assetsMin, deadline);
        openShares += shares;
        emit RedeemRequest(controller, owner, requestId, msg.sender, shares);
        _transfer(owner, address(this), shares);
    }

    /// Take a request back once its deadline or the delay has passed; works while paused. Assets that were released
    /// must be in the contract again.
    function cancel(uint256 requestId, address receiver) external nonReentrant {
        Request storage request = _openRequest(requestId);
        _checkPermitted(request.controller);
        _checkParty(receiver);
        uint256 due = Math.min(request.requestedAt + cancelDelay, request.deadline);
        require(block.timestamp >= due, TooEarlyToCancel(due));
        uint256 amount = request.amount;
        emit RequestCancelled(requestId, request.controller, receiver, amount);
        if (request.kind == Kind.Redeem) {
            _close(request, State.Cancelled);
            _transfer(address(this), receiver, amount);
        } else {
            if (request.state == State.Released) _checkFree(amount);
            _close(request, State.Cancelled);
            _asset.safeTransfer(receiver, amount);
        }
    }

    function pendingDepositRequest(uint256 requestId, address controller) external view returns (uint256) {
        return _pending(requestId, Kind.Deposit, controller);
    }

    function pendingRedeemRequest(uint256 requestId, address controller) external view returns (uint256) {
        return _pending(requestId, Kind.Redeem, controller);
    }

    /// Assets that belong to nobody's request or claim: the vault's own.
    function freeAssets() public view returns (uint256) {
        return _asset.balanceOf(address(this)) - (openAssets - releasedAssets) - claimableAssets;
    }

    function _open(Kind kind, uint256 amount, address controller, uint256 outMin, uint256 deadline)
        private
        returns (uint256 requestId)
    {
        require(amount > 0, AmountIsZero());
        require(block.timestamp <= deadline, DeadlinePassed(deadline));
        _checkParty(controller);
        requestId = ++lastRequestId;
        requests[requestId] =
            Request(controller, uint64(block.timestamp), kind, State.Open, amount, outMin, deadline, 0);
    }

    /// End an open request and take it out of the open sums.
    function _close(Request storage request, State end) internal {
        if (request.kind == Kind.Redeem) {
            openShares -= request.amount;
        } else {
            openAssets -= request.amount;
            if (request.state == State.Released) releasedAssets -= request.amount;
        }
        request.state = end;
    }

    function _openRequest(uint256 requestId) internal view returns (Request storage request) {
        request = requests[requestId];
        require(_isOpen(request), RequestNotOpen(requestId, request.state));
    }

    function _checkFree(uint256 assets) internal view {
        uint256 free = freeAssets();
        require(assets <= free, FreeAssetsTooFew(free, assets));
    }

    function _checkPermitted(address party) internal view {
        require(_isPermitted(party), NotPermitted(party, msg.sender));
    }

    /// The contract itself can neither ask nor receive: nobody could claim for it.
    function _checkParty(address party) internal view {
        require(party != address(0) && party != address(this), PartyInvalid(party));
    }

    function _pending(uint256 requestId, Kind kind, address controller) private view returns (uint256) {
        Request storage request = requests[requestId];
        bool match_ = request.kind == kind && request.controller == controller && _isOpen(request);
        return match_ ? request.amount : 0;
    }

    function _isOpen(Request storage request) private view returns (bool) {
        return request.state == State.Open || request.state == State.Released;
    }

    function _isPermitted(address party) private view returns (bool) {
        return msg.sender == party || isOperator[party][msg.sender];
    }
}
