// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Roles} from "./Roles.sol";

/// @title The one address that assets may leave to, besides users' claims
/// @dev Once assets are there, no contract can force them back: users rely on custody's own proof of reserves.
abstract contract Custody is Roles {
    uint256 public immutable custodyDelay;

    address public custody;
    address public custodyProposed;
    /// When the proposal may take effect; zero when there is none.
    uint256 public custodyDueAt;

    event CustodyProposed(address indexed custody, uint256 dueAt);
    event CustodyWithdrawn(address indexed custody);
    event CustodyChanged(address indexed custody);

    error CustodyInvalid(address custody);
    error CustodyNotDue(uint256 dueAt);

    constructor(address initial, uint256 delay) {
        _checkCustody(initial);
        custody = initial;
        custodyDelay = delay;
        emit CustodyChanged(initial);
    }

    /// Announce another custody address; a new proposal replaces the last and starts the delay again.
    function proposeCustody(address next) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _checkCustody(next);
        custodyProposed = next;
        custodyDueAt = block.timestamp + custodyDelay;
        emit CustodyProposed(next, custodyDueAt);
    }

    function withdrawCustodyProposal() external onlyRole(DEFAULT_ADMIN_ROLE) {
        emit CustodyWithdrawn(custodyProposed);
        (custodyProposed, custodyDueAt) = (address(0), 0);
    }

    /// Make the proposed address the custody, once its delay is over.
    function changeCustody() external onlyRole(DEFAULT_ADMIN_ROLE) {
        require(custodyDueAt != 0 && block.timestamp >= custodyDueAt, CustodyNotDue(custodyDueAt));
        custody = custodyProposed;
        (custodyProposed, custodyDueAt) = (address(0), 0);
        emit CustodyChanged(custody);
    }

    function _checkCustody(address candidate) private view {
        require(candidate != address(0) && candidate != address(this), CustodyInvalid(candidate));
    }
}
