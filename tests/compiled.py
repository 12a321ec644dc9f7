"""Prove that the committed contract builds are what contracts/ gives; with --write, make it so."""

import fcntl
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "contracts"
COMMITTED = {
    "Vault.json": ROOT / "src/adapters/evm/artifacts",
    "TestToken.json": ROOT / "tests/unit/contracts",
}


def toolchain_lack() -> str:
    """Return why nothing can be compiled here, empty when it can; installs the locked packages once."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node and npm are not on this machine"
    # Several test processes may come here at once.
    with (CONTRACTS / "package-lock.json").open(encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (CONTRACTS / "node_modules/.package-lock.json").exists():
            # Not `npm ci`: it wants other platforms' optional packages in the lock, which a registry may not have.
            command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=CONTRACTS, check=True)  # noqa: S603  # ours
    return ""


def compile_contracts(vault_folder: Path, token_folder: Path, sources: Path = CONTRACTS / "src") -> None:
    """Compile the vault from a folder of sources, and the test token; exits with solc's message when one is wrong."""
    node = shutil.which("node") or "node"
    command = [node, "build.mjs", str(vault_folder), str(token_folder), str(sources)]
    if subprocess.run(command, cwd=CONTRACTS, check=False).returncode:  # noqa: S603  # ours
        sys.exit("solc refused contracts/")


def main(*, write: bool) -> None:
    """Compare, and either mend the difference or exit naming it; without npm, say that nothing was compared."""
    if lack := toolchain_lack():
        sys.stdout.write(f"contracts not recompiled: {lack}\n")
        return
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch)
        compile_contracts(made, made)
        for name, folder in COMMITTED.items() if write else ():
            shutil.copyfile(made / name, folder / name)
        stale = [name for name, folder in COMMITTED.items() if not same(made / name, folder / name)]
    if stale:
        sys.exit(f"not what contracts/ gives, run `python tests/compiled.py --write`: {', '.join(stale)}")


def same(one: Path, other: Path) -> bool:
    """Say whether two files exist and hold the same bytes."""
    return other.exists() and one.read_bytes() == other.read_bytes()


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
