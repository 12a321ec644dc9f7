"""Programs and tokens on Solana's mainnet that more than one adapter meets."""

from attrs import frozen

from ballast.domain.kernel.asset import BTC, ETH, JLP, SOL, USDC, USDT, Asset

SYSTEM_PROGRAM = "11111111111111111111111111111111"
TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"  # noqa: S105 - a program's address, no secret
TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"  # noqa: S105 - a program's address, no secret
ASSOCIATED_TOKEN_PROGRAM = "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL"  # noqa: S105 - a program's address
LOOKUP_TABLE_PROGRAM = "AddressLookupTab1e1111111111111111111111111"
COMPUTE_BUDGET_PROGRAM = "ComputeBudget111111111111111111111111111111"
MEMO_PROGRAMS = ("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr", "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo")
PERPETUALS_PROGRAM = "PERPHjGBqRHArX4DySjwM6UJHiR3sWAatqfdBS2qQJu"
JLP_POOL = "5BUwFW4nRbftYTDMbgxykoFWqWHPzahFSNAaaaJtVKsq"


@frozen
class KnownMint:
    """A token by its mint: amounts on chain count 10 ** -decimals; `asset` is None for what Ballast does not hold."""

    symbol: str
    decimals: int
    asset: Asset | None


MINTS: dict[str, KnownMint] = {
    "So11111111111111111111111111111111111111112": KnownMint("SOL", 9, SOL),
    "7vfCXTUXx5WJV5JADk17DUJ4ksgau7utNKj4b963voxs": KnownMint("ETH", 8, ETH),
    "3NZ9JMVBmGAqocybic2c7LQCJScmgsAZ6vQqTDzcqmJh": KnownMint("BTC", 8, BTC),
    "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v": KnownMint("USDC", 6, USDC),
    "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB": KnownMint("USDT", 6, USDT),
    "JuprjznTrTSp2UFa3ZBUFgwdAmtZCq4MQCwysN55USD": KnownMint("JupUSD", 6, None),
    "27G8MtK7VtTcCHkpASjSDdkWWYfoqT6ggEuKidVJidD4": KnownMint("JLP", 6, JLP),
}


def symbol_of(mint: str) -> tuple[str, Asset | None]:
    """Return a mint's symbol and asset; for an unknown one a short form of its address and None."""
    known = MINTS.get(mint)
    return (known.symbol, known.asset) if known else (f"{mint[:4]}..{mint[-4:]}", None)
