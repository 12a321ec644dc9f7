"""Prove that the committed gRPC code is what proto/ gives; with --write, make it so."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROTO = ROOT / "proto"
PACKAGE = Path("ballast/services/v1")
COMMITTED = ROOT / "src/services/v1"
PLUGINS = Path(sys.executable).parent


def generate(into: Path) -> None:
    """Write the code of every proto file below a folder; exits with protoc's message when one is wrong."""
    sources = sorted(PROTO.rglob("*.proto"))
    compile_protos(sources, {"python": f"{into}", "mypy": f"quiet:{into}"})
    services = [source for source in sources if "\nservice " in source.read_text(encoding="utf-8")]
    compile_protos(services, {"grpc_python": f"{into}", "mypy_grpc": f"quiet:{into}"})
    (into / PACKAGE / "__init__.py").touch()


def compile_protos(sources: list[Path], outputs: dict[str, str]) -> None:
    """Run protoc with some of its plugins."""
    plugins = [f"--plugin={PLUGINS / name}" for name in ("protoc-gen-mypy", "protoc-gen-mypy_grpc")]
    wanted = [f"--{plugin}_out={target}" for plugin, target in outputs.items()]
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}"]
    if subprocess.run([*protoc, *plugins, *wanted, *map(str, sources)], check=False).returncode:  # noqa: S603  # ours
        sys.exit("protoc refused proto/")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every generated file of a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.py*")) if path.is_file()}


def differences(made: dict[str, bytes], committed: dict[str, bytes]) -> list[str]:
    """Name the files that are missing, left over or not the same."""
    return sorted(name for name in {*made, *committed} if made.get(name) != committed.get(name))


def main(*, write: bool) -> None:
    """Compare, and either mend the difference or exit naming it."""
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch))
        made = contents(Path(scratch) / PACKAGE)
    for name in differences(made, contents(COMMITTED)) if write else ():
        COMMITTED.mkdir(exist_ok=True)
        target = COMMITTED / name
        target.write_bytes(made[name]) if name in made else target.unlink()
    if stale := differences(made, contents(COMMITTED)):
        sys.exit(f"src/services/v1 is not what proto/ gives, run `make generate`: {', '.join(stale)}")


if __name__ == "__main__":
    main(write="--write" in sys.argv[1:])
