// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    AccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/AccessControlDefaultAdminRules.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title Who may do what, and the switch that stops everything but a user's way out
/// @dev The admin (meant to be a multisig) is handed over in two steps with a delay. No role can mint.
abstract contract Roles is AccessControlDefaultAdminRules, Pausable {
    /// Signs quotes; needs no gas and sends nothing.
    bytes32 public constant PRICE_SIGNER = keccak256("PRICE_SIGNER");
    /// Sends signed quotes.
    bytes32 public constant PUBLISHER = keccak256("PUBLISHER");
    /// Fulfils requests and moves assets to custody.
    bytes32 public constant FULFILLER = keccak256("FULFILLER");
    /// Decides on quotes that are held because they are out of bounds.
    bytes32 public constant REVIEWER = keccak256("REVIEWER");
    /// Stops: pauses, cuts caps and strips hot roles; can undo none of it.
    bytes32 public constant GATEKEEPER = keccak256("GATEKEEPER");

    struct Holders {
        address admin;
        address priceSigner;
        address publisher;
        address fulfiller;
        address reviewer;
        address gatekeeper;
    }

    error RoleNotHot(bytes32 role);

    constructor(Holders memory holders, uint48 adminDelay) AccessControlDefaultAdminRules(adminDelay, holders.admin) {
        _grantRole(PRICE_SIGNER, holders.priceSigner);
        _grantRole(PUBLISHER, holders.publisher);
        _grantRole(FULFILLER, holders.fulfiller);
        _grantRole(REVIEWER, holders.reviewer);
        _grantRole(GATEKEEPER, holders.gatekeeper);
    }

    /// Stop requests, fulfilment and custody transfers; claims and cancellations go on.
    function pause() external onlyRole(GATEKEEPER) {
        _pause();
    }

    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// Take a hot role from its holder.
    function strip(bytes32 role, address holder) external onlyRole(GATEKEEPER) {
        require(role == PRICE_SIGNER || role == PUBLISHER || role == FULFILLER, RoleNotHot(role));
        _revokeRole(role, holder);
    }
}
