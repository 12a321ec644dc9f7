"""The command line: quick to answer, and one plain line with file, line and field for what it refuses."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.adapters.recorded.folders import line, lines, write_bars, write_market
from tests.unit.builders import DATA
from typer.testing import CliRunner

from ballast.bootstrap import main as entry
from ballast.bootstrap.cli.app import app

PROJECT = DATA.parent
POOL = DATA / "jlp" / "beethoven-2026-04"
HEAVY = ("ccxt", "web3", "solana", "solders", "grpc", "beanie", "dependency_injector", "rich.progress", "sqlite3")
HELP_S_MAX = 0.3
REFUSED, USAGE = 2, 2


def ballast_process(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    program = code or "from ballast.bootstrap.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / ".dev")}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)  # noqa: S603


def processor_s_of(arguments: tuple[str, ...]) -> float:
    """Return the processor time of one call; unlike the wall's, other tests beside this one do not lengthen it."""
    before = os.times()
    assert ballast_process(*arguments).returncode == 0
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_help_answers_in_less_than_three_tenths_of_a_second() -> None:
    assert min(processor_s_of(("--help",)) for _ in range(3)) < HELP_S_MAX


@pytest.mark.parametrize("arguments", [["--help"], ["replay", "--help"], ["pool", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import json, sys\nfrom ballast.bootstrap.cli.app import app\n"
        f"try:\n    app({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    loaded = json.loads(ballast_process(code=program).stdout.splitlines()[-1])
    assert "typer" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_every_command_explains_itself() -> None:
    runner = CliRunner()
    top = runner.invoke(app, ["--help"])
    assert top.exit_code == 0
    for command in (
        "replay",
        "serve",
        "status",
        "deposits",
        "exposure",
        "operations",
        "pause",
        "resume",
        "pool",
        "quote",
    ):
        assert command in top.output
        assert runner.invoke(app, [command, "--help"]).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [["fly"], ["replay", "--seed", "-1"], ["replay", "--seed", "x"], ["pool", "inspect"]]
)
def test_a_wrong_command_or_option_is_a_usage_error(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == USAGE


Said = Callable[..., tuple[int, str]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Run `ballast` in this process; returns its exit code and what it wrote to stderr."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["ballast", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


def check_refused(answer: tuple[int, str], *told: str) -> None:
    """Check for exit code 2 and one plain line with everything that was expected in it."""
    code, text = answer
    lines = [line for line in text.splitlines() if line.startswith("ballast: ")]
    assert code == REFUSED, text
    assert len(lines) == 1, text
    assert "Traceback" not in text
    for word in told:
        assert word in lines[0]


def test_pool_inspect_reads_a_whole_pool_as_json(capsys: pytest.CaptureFixture[str], said: Said) -> None:
    result = CliRunner().invoke(app, ["pool", "inspect", str(POOL), "--json"])
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert {row["asset"] for row in found["custodies"]} >= {"SOL", "ETH", "BTC", "USDC"}


def account(tmp_path: Path, name: str, change: Callable[[str], str]) -> Path:
    path = tmp_path / name
    path.write_text(change((POOL / name).read_text()))
    return path


def test_pool_inspect_names_a_file_that_is_not_there(tmp_path: Path, said: Said) -> None:
    check_refused(said("pool", "inspect", tmp_path / "nothing.json"), "nothing.json")


def test_pool_inspect_names_the_file_whose_json_is_broken(tmp_path: Path, said: Said) -> None:
    broken = account(tmp_path, "sol_custody.json", lambda text: text[: len(text) // 2])
    check_refused(said("pool", "inspect", broken), "sol_custody.json")


def test_pool_inspect_names_the_file_and_what_was_expected_of_truncated_bytes(tmp_path: Path, said: Said) -> None:
    def truncated(text: str) -> str:
        content = json.loads(text)
        data = content["account"]["data"][0]
        content["account"]["data"][0] = data[: len(data) // 8 * 4]
        return json.dumps(content)

    broken = account(tmp_path, "sol_custody.json", truncated)
    check_refused(said("pool", "inspect", broken), "sol_custody.json", "expected")


@pytest.mark.parametrize("supply", ["NaN", "-1", "0", "many", "1e999999"])
def test_pool_inspect_refuses_a_supply_that_is_none(supply: str, said: Said) -> None:
    check_refused(said("pool", "inspect", POOL, "--supply", supply), "supply")


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """Ten hours of candles of each coin, to be broken."""
    folder = tmp_path / "bars"
    folder.mkdir()
    write_market(folder, lines(range(600)))
    return folder


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("not,a,candle", "line 100"),
        ("", "line 100"),
        (line(98, ("100", "NaN", "90", "105")), "line 100 high"),
        (line(98, ("100", "80", "90", "105")), "line 100"),
        (line(98, ("-100", "110", "90", "105")), "line 100"),
        (line(50), "line 100"),
    ],
)
def test_replay_names_file_line_and_field_of_a_broken_candle(
    bars: Path, tmp_path: Path, broken: str, told: str, said: Said
) -> None:
    rows = lines(range(600))
    rows[98] = broken
    path = write_bars(bars, "ETH", rows)
    check_refused(said("replay", "--bars", bars, "--out", tmp_path / "out"), path.name, told)


def test_replay_names_a_folder_without_candles_and_a_coin_that_is_missing(
    bars: Path, tmp_path: Path, said: Said
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    check_refused(said("replay", "--bars", empty, "--out", tmp_path / "out"), "empty")
    check_refused(said("replay", "--bars", tmp_path / "nowhere", "--out", tmp_path / "out"), "nowhere")
    next(path for path in bars.iterdir() if "SOL" in path.name).unlink()
    check_refused(said("replay", "--bars", bars, "--out", tmp_path / "out"), "SOL")


def test_replay_names_a_pool_folder_that_is_no_pool(tmp_path: Path, said: Said) -> None:
    part = tmp_path / "part"
    shutil.copytree(POOL, part, ignore=shutil.ignore_patterns("wbtc*"))
    check_refused(said("replay", "--pool", part, "--out", tmp_path / "out"), "expected")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "yesterday"], "--from: expected a moment such as"),
        (["--to", "2026-13-01"], "--to: expected a moment such as"),
        (["--from", "0001-01-01T00:00+14:00"], "--from: expected a moment such as"),
        (["--from", "2020-01-01"], "--from/--to: expected a span inside 2026-03-23"),
        (["--from", "2026-04-02", "--to", "2026-04-01"], "--from/--to: expected a span inside"),
        (["--from", "2026-04-01", "--to", "2026-04-01T05:00"], "period: expected at least six hours"),
        (["--deposit", "1"], "--deposit: expected"),
        (["--deposit", "1=1e999999"], "--deposit: expected"),
        (["--deposit", "99=1"], "--deposit: expected a day from 1 to 30"),
        (["--withdraw", "2=1"], "--deposit: expected at least one DAY=BTC"),
        (["--deposit", "1=5", "--withdraw", "2=5"], "--withdraw: expected less than the 5 BTC"),
        (["--speed", "fast"], "--speed: expected"),
        (["--speed", "0x"], "--speed: expected max, or a positive factor"),
        (["--speed", "NaN"], "--speed: expected"),
        (["--config", "missing.toml"], "missing.toml: expected a readable settings file"),
    ],
)
def test_replay_refuses_what_it_cannot_do_and_names_the_option(
    arguments: list[str], told: str, tmp_path: Path, said: Said
) -> None:
    check_refused(said("replay", *arguments, "--out", tmp_path / "out"), told)
    assert not (tmp_path / "out").exists()


def test_replay_refuses_an_output_that_is_a_file(tmp_path: Path, said: Said) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file")
    check_refused(said("replay", "--out", taken), "--out", "taken")
    assert taken.read_text() == "a file"
