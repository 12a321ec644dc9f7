// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Requests} from "./Requests.sol";

/// @title What fulfilled requests gave, and its way to the user: nothing here can be paused
/// @dev ERC-7540's claims name no request, so all that was fulfilled for a controller lies in one bucket per kind and
/// is drawn down pro rata; by request it is counted first in, first out. Rounding never favours the claimant, and
/// the last claim takes the rest.
abstract contract Claims is Requests {
    using SafeERC20 for IERC20;

    /// `input` and `output` are unclaimed; `fulfilled` is all input there ever was.
    struct Bucket {
        uint256 input;
        uint256 output;
        uint256 fulfilled;
    }

    mapping(address controller => mapping(Kind => Bucket)) public buckets;

    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(
        address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares
    );

    error ClaimTooLarge(uint256 claimable, uint256 wanted);

    function deposit(uint256 assets, address receiver) external returns (uint256) {
        return deposit(assets, receiver, msg.sender);
    }

    function mint(uint256 shares, address receiver) external returns (uint256) {
        return mint(shares, receiver, msg.sender);
    }

    function deposit(uint256 assets, address receiver, address controller) public nonReentrant returns (uint256 shares) {
        shares = _drawInput(Kind.Deposit, controller, assets);
        _giveShares(receiver, controller, assets, shares);
    }

    function mint(uint256 shares, address receiver, address controller) public nonReentrant returns (uint256 assets) {
        assets = _drawOutput(Kind.Deposit, controller, shares);
        _giveShares(receiver, controller, assets, shares);
    }

    function redeem(uint256 shares, address receiver, address controller) public nonReentrant returns (uint256 assets) {
        assets = _drawInput(Kind.Redeem, controller, shares);
        _giveAssets(receiver, controller, assets, shares);
    }

    function withdraw(uint256 assets, address receiver, address controller)
        public
        nonReentrant
        returns (uint256 shares)
    {
        shares = _drawOutput(Kind.Redeem, controller, assets);
        _giveAssets(receiver, controller, assets, shares);
    }

    function maxDeposit(address controller) external view returns (uint256) {
        return buckets[controller][Kind.Deposit].input;
    }

    function maxMint(address controller) external view returns (uint256) {
        return buckets[controller][Kind.Deposit].output;
    }

    function maxRedeem(address controller) external view returns (uint256) {
        return buckets[controller][Kind.Redeem].input;
    }

    function maxWithdraw(address controller) external view returns (uint256) {
        return buckets[controller][Kind.Redeem].output;
    }

    function claimableDepositRequest(uint256 requestId, address controller) external view returns (uint256) {
        return _claimable(requestId, Kind.Deposit, controller);
    }

    function claimableRedeemRequest(uint256 requestId, address controller) external view returns (uint256) {
        return _claimable(requestId, Kind.Redeem, controller);
    }

    /// Put what a request gave into its controller's bucket.
    function _fill(Request storage request, uint256 output) internal {
        Bucket storage bucket = buckets[request.controller][request.kind];
        request.claimFrom = bucket.fulfilled;
        bucket.fulfilled += request.amount;
        bucket.input += request.amount;
        bucket.output += output;
    }

    function _drawInput(Kind kind, address controller, uint256 input) private returns (uint256 output) {
        Bucket storage bucket = _bucketOf(kind, controller, input);
        require(input <= bucket.input, ClaimTooLarge(bucket.input, input));
        output = Math.mulDiv(input, bucket.output, bucket.input);
        bucket.input -= input;
        bucket.output -= output;
    }

    function _drawOutput(Kind kind, address controller, uint256 output) private returns (uint256 input) {
        Bucket storage bucket = _bucketOf(kind, controller, output);
        require(output <= bucket.output, ClaimTooLarge(bucket.output, output));
        input = Math.mulDiv(output, bucket.input, bucket.output, Math.Rounding.Ceil);
        bucket.input -= input;
        bucket.output -= output;
    }

    function _bucketOf(Kind kind, address controller, uint256 amount) private view returns (Bucket storage) {
        _checkPermitted(controller);
        require(amount > 0, AmountIsZero());
        return buckets[controller][kind];
    }

    function _giveShares(address receiver, address controller, uint256 assets, uint256 shares) private {
        _checkParty(receiver);
        claimableShares -= shares;
        emit Deposit(controller, receiver, assets, shares);
        _transfer(address(this), receiver, shares);
    }

    function _giveAssets(address receiver, address controller, uint256 assets, uint256 shares) private {
        _checkParty(receiver);
        claimableAssets -= assets;
        emit Withdraw(msg.sender, receiver, controller, assets, shares);
        _asset.safeTransfer(receiver, assets);
    }

    function _claimable(uint256 requestId, Kind kind, address controller) private view returns (uint256) {
        Request storage request = requests[requestId];
        bool match_ = request.kind == kind && request.controller == controller && request.state == State.Fulfilled;
        if (!match_) return 0;
        Bucket storage bucket = buckets[controller][kind];
        uint256 end = request.claimFrom + request.amount;
        uint256 claimed = bucket.fulfilled - bucket.input;
        return end - Math.min(end, Math.max(claimed, request.claimFrom));
    }
}
