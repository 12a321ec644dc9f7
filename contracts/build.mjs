// Compiles src/Vault.sol and test/TestToken.sol and writes one JSON per contract: ABI, bytecode, checksum of sources.
// usage: node build.mjs VAULT_FOLDER TOKEN_FOLDER [SOURCES]     (SOURCES replaces src/, for planted faults)
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const solc = require("solc");
const here = dirname(fileURLToPath(import.meta.url));
const [vaultFolder, tokenFolder, sourceFolder = join(here, "src")] = process.argv.slice(2);
// Shanghai, so that the bytecode also runs on a local chain without Cancun; no metadata, so that bytes depend on code.
const settings = {
  evmVersion: "shanghai",
  optimizer: { enabled: true, runs: 200 },
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { "*": { Vault: ["abi", "evm.bytecode.object"], TestToken: ["abi", "evm.bytecode.object"] } },
};

function read(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sol")).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

function compile(sources) {
  const found = (path) => ({ contents: readFileSync(join(here, "node_modules", path), "utf8") });
  const files = Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }]));
  const input = JSON.stringify({ language: "Solidity", sources: files, settings });
  const output = JSON.parse(solc.compile(input, { import: found }));
  // A warning of ours is an error; OpenZeppelin's are not ours to mend.
  const ours = ({ severity, sourceLocation }) => severity === "error" || !sourceLocation?.file.startsWith("@");
  const problems = (output.errors ?? []).filter(ours);
  for (const problem of problems) console.error(problem.formattedMessage);
  if (problems.length) process.exit(1);
  return output.contracts;
}

function checksum(sources) {
  const hash = createHash("sha256");
  for (const [name, content] of Object.entries(sources)) hash.update(`${name}\n${content.length}\n${content}`);
  return hash.digest("hex");
}

function write(folder, name, sources, contracts) {
  const { abi, evm } = contracts[`${name}.sol`][name];
  const artifact = {
    contract: name,
    compiler: solc.version(),
    sources_sha256: checksum(sources),
    abi,
    bytecode: `0x${evm.bytecode.object}`,
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(artifact, null, 1)}\n`);
}

const sources = read(sourceFolder);
const token = read(join(here, "test"));
const contracts = compile({ ...sources, ...token });
write(vaultFolder, "Vault", sources, contracts);
write(tokenFolder, "TestToken", token, contracts);
