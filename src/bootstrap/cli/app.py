"""The commands and what they teach; whatever is heavy is imported by the command that needs it."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="ballast",
    help="""Run a BTC-denominated, delta-neutral yield strategy on JLP.

Try it:  ballast replay            thirty recorded days through all six services
         ballast serve --mode paper   the services over gRPC, simulated venue and chains
         ballast status            what a running server holds and does""",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
pool_app = typer.Typer(help="Read the Jupiter pool's accounts.", no_args_is_help=True)
quote_app = typer.Typer(help="Price a deposit or a withdrawal now, item by item.", no_args_is_help=True)
treasury_app = typer.Typer(help="Read the Squads treasury's accounts.", no_args_is_help=True)
vault_app = typer.Typer(help="Put the vault contract on a chain.", no_args_is_help=True)
app.add_typer(pool_app, name="pool")
app.add_typer(vault_app, name="vault")
app.add_typer(treasury_app, name="treasury")
app.add_typer(quote_app, name="quote")

Server = Annotated[str, typer.Option(help="Address of a running `ballast serve`.", envvar="BALLAST_SERVER")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Config = Annotated[Path | None, typer.Option(help="TOML file with the strategy's numbers (see README).")]
SERVER = "127.0.0.1:7350"


@app.command()
def replay(
    bars: Annotated[Path | None, typer.Option(help="Folder of candles, one file per coin.")] = None,
    funding: Annotated[Path | None, typer.Option(help="Folder of funding rates.")] = None,
    pool: Annotated[Path | None, typer.Option(help="Folder of the pool's account files.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="First moment, as 2026-03-23 or 2026-03-23T12:00.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last moment; by default the end of the candles.")] = None,
    deposit: Annotated[list[str] | None, typer.Option(help="DAY=BTC, repeatable; day 1 is the first.")] = None,
    withdraw: Annotated[
        list[str] | None, typer.Option(help="DAY=BTC, repeatable; everything goes out at the end.")
    ] = None,
    speed: Annotated[str, typer.Option(help="max, 1x, 60x, …")] = "max",
    out: Annotated[Path, typer.Option(help="Folder for report.html, report.json and the journal.")] = Path(
        "out/replay"
    ),
    seed: Annotated[int, typer.Option(help="Seed of the simulated world.", min=0)] = 1,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Replay recorded history through all six services and say whether every promise held.

    Exit code 0 when all invariants hold, 1 when one is broken, 2 when an input is refused.
    """
    from ballast.bootstrap.cli.replay import run

    raise typer.Exit(
        run(bars, funding, pool, (start, end), (deposit, withdraw), speed, out, seed, config, as_json=as_json)
    )


@app.command()
def local(as_json: Json = False) -> None:
    """Run a deposit and its withdrawal through the exchange adapter, against a loopback exchange (some minutes)."""
    from ballast.bootstrap.cli.local import run

    raise typer.Exit(run(as_json=as_json))


@app.command()
def serve(
    services: Annotated[list[str] | None, typer.Argument(help="Services to run; all when none is named.")] = None,
    listen: Annotated[str, typer.Option(help="HOST:PORT; port 0 takes a free one.")] = SERVER,
    mode: Annotated[str, typer.Option(help="paper, replay, local, testnet or live.")] = "paper",
    store: Annotated[Path | None, typer.Option(help="SQLite file of journal, status and leases.")] = None,
    speed: Annotated[str, typer.Option(help="For replay: 1x, 60x, …")] = "1x",
    deposit: Annotated[list[str] | None, typer.Option(help="Paper and replay: MINUTES=BTC after the start.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated world.", min=0)] = 1,
    config: Config = None,
    tls_certificate: Annotated[Path | None, typer.Option(help="PEM file; needed off loopback.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file; needed off loopback.")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Listen off loopback without TLS.")] = False,
) -> None:
    """Run services over gRPC, with health and reflection; prints one line when ready.

    Several processes may share one --store in paper mode: together they behave as one.
    """
    from ballast.bootstrap.cli.serve import run

    run(
        services or [],
        listen,
        mode,
        store,
        speed,
        deposit or [],
        seed,
        config,
        (tls_certificate, tls_key),
        insecure=insecure,
    )


@app.command("simulate-venue")
def simulate_venue(
    key: Annotated[str, typer.Option(help="API key of the one account, letters and digits.")],
    secret: Annotated[
        str, typer.Option(help="Its secret, letters and digits.", envvar="BALLAST_SIMULATED_SECRET", show_envvar=True)
    ],
    listen: Annotated[str, typer.Option(help="HOST:PORT; port 0 takes a free one.")] = "127.0.0.1:8011",
    balance: Annotated[str, typer.Option(help="Spot wallet at the start, as BTC=10,USDT=100000.")] = "",
    margin: Annotated[str, typer.Option(help="Futures wallet at the start, the same way.")] = "",
    whitelist: Annotated[list[str] | None, typer.Option(help="ADDRESS=COIN that withdrawals may go to.")] = None,
    bars: Annotated[Path | None, typer.Option(help="Folder of candles to play from today's time of day.")] = None,
    book: Annotated[Path | None, typer.Option(help="Recorded order book frames of one market to play.")] = None,
    control_token: Annotated[str, typer.Option(help="Opens POST /control/…; closed without one.")] = "",
    seed: Annotated[int, typer.Option(help="Seed of the books' noise.", min=0)] = 1,
    insecure: Annotated[bool, typer.Option("--insecure", help="Listen off loopback.")] = False,
) -> None:
    """Run an exchange that speaks Binance's protocol on this machine; prints one line when ready.

    REST under Binance's own paths, streams under the first label of their host: ws://HOST:PORT/fstream/ws.
    """
    from ballast.bootstrap.cli.simulate_venue import Wish, run

    run(
        Wish(
            listen=listen,
            key=key,
            secret=secret,
            balance=balance,
            margin=margin,
            whitelist=whitelist or [],
            bars=bars,
            book=book,
            control_token=control_token,
            seed=seed,
            insecure=insecure,
        )
    )


@pool_app.command("inspect")
def pool_inspect(
    paths: Annotated[list[Path], typer.Argument(help="Account files or folders of them.")],
    supply: Annotated[
        str | None, typer.Option(help="JLP supply in whole tokens, when the mint is not among the files.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Decode account files of the Jupiter pool and recompute value and delta; refuses bytes that prove wrong."""
    from ballast.bootstrap.cli.pool import inspect_pool

    inspect_pool(paths, supply, as_json=as_json)


@treasury_app.command("inspect")
def treasury_inspect(
    paths: Annotated[list[Path], typer.Argument(help="Account files or folders of them, lookup tables too.")],
    as_json: Json = False,
) -> None:
    """Say in words what proposals and transactions of the multisig would do; refuses bytes that prove wrong."""
    from ballast.bootstrap.cli.treasury import inspect_treasury

    inspect_treasury(paths, as_json=as_json)


@vault_app.command("deploy")
def vault_deploy(
    terms: Annotated[Path, typer.Argument(help="TOML: asset, custody, [holders], [bounds], [caps], [delays].")],
    rpc: Annotated[str, typer.Option(help="HTTP address of an Ethereum node.", envvar="BALLAST_ETHEREUM_RPC")],
    validate_only: Annotated[bool, typer.Option("--validate-only", help="Check everything, send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Deploy the vault with the key in BALLAST_DEPLOYER_KEY or the file that BALLAST_DEPLOYER_KEY_FILE names.

    Exit code 0 when it is there (or would be), 3 when the transaction is sent but no receipt came in time.
    """
    from ballast.bootstrap.cli.vault import deploy

    raise typer.Exit(deploy(terms, rpc, validate_only=validate_only, as_json=as_json))


@app.command()
def status(server: Server = SERVER, as_json: Json = False) -> None:
    """Show value, exposure, ratios, open operations, pauses and alerts."""
    from ballast.bootstrap.cli.operator import show_status

    show_status(server, as_json=as_json)


@quote_app.command("entry")
def quote_entry(
    btc: Annotated[str, typer.Argument(help="BTC to deposit.")], server: Server = SERVER, as_json: Json = False
) -> None:
    """Price a deposit: shares after all costs."""
    from ballast.bootstrap.cli.operator import show_quote

    show_quote(server, "entry", btc, as_json=as_json)


@quote_app.command("exit")
def quote_exit(
    shares: Annotated[str, typer.Argument(help="Shares to redeem.")], server: Server = SERVER, as_json: Json = False
) -> None:
    """Price a withdrawal: BTC after all costs."""
    from ballast.bootstrap.cli.operator import show_quote

    show_quote(server, "exit", shares, as_json=as_json)


@app.command()
def deposits(server: Server = SERVER, as_json: Json = False) -> None:
    """List the vault's deposits and what became of them."""
    from ballast.bootstrap.cli.operator import show_deposits

    show_deposits(server, as_json=as_json)


@app.command()
def exposure(
    server: Server = SERVER,
    run_now: Annotated[
        bool, typer.Option("--run-now", help="Measure (and correct) now instead of showing the last run.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show net exposure per coin against its band, exact beside naive."""
    from ballast.bootstrap.cli.operator import show_exposure

    show_exposure(server, run_now=run_now, as_json=as_json)


@app.command()
def operations(
    server: Server = SERVER,
    kind: Annotated[
        str, typer.Option(help="entry, exit, rebalance, reserve, correction, fee_hedge; empty for all.")
    ] = "",
    watch: Annotated[str | None, typer.Option(help="Follow one operation by its id until it ends.")] = None,
    page_size: Annotated[int, typer.Option(help="Rows to show, 1 to 500.")] = 50,
    as_json: Json = False,
) -> None:
    """List operations, newest first, or follow one."""
    from ballast.bootstrap.cli.operator import show_operations

    show_operations(server, kind, watch, page_size, as_json=as_json)


@app.command()
def pause(
    scope: Annotated[str, typer.Argument(help="all, venue, a service's name, or operation:ID.")] = "all",
    reason: Annotated[str, typer.Option(help="Why; it is put on record.")] = "paused by an operator",
    server: Server = SERVER,
) -> None:
    """Stop a scope from starting anything; measuring and proving go on."""
    from ballast.bootstrap.cli.operator import set_pause

    set_pause(server, scope, reason, paused=True)


@app.command()
def resume(
    scope: Annotated[str, typer.Argument(help="all, venue, a service's name, or operation:ID.")] = "all",
    reason: Annotated[str, typer.Option(help="Why; it is put on record.")] = "resumed by an operator",
    server: Server = SERVER,
) -> None:
    """Let a paused scope go on."""
    from ballast.bootstrap.cli.operator import set_pause

    set_pause(server, scope, reason, paused=False)
