import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createIptablesFamily } from "./iptables-family.ts";
import type { Call } from "./iptables-programs.ts";

let procNet: string;

beforeEach(async () => {
  procNet = await mkdtemp(join(tmpdir(), "seawall-family-"));
  return () => rm(procNet, { recursive: true });
});

const docker = "*filter\n:DOCKER - [0:0]\nCOMMIT\n";

type Variant = "nft" | "legacy";

/** Programs that say their version, and that Docker is in iptables-legacy. */
function programs(there: readonly Variant[], kernelHasNft = true): Call {
  return ([program = "", first]) => {
    const variant = program.includes("legacy") ? "legacy" : "nft";
    if (!there.includes(variant)) return Promise.resolve({ kind: "notStarted", code: "ENOENT" });
    const name = variant === "nft" ? "nf_tables" : "legacy";
    if (first === "--version") {
      return Promise.resolve({
        kind: "exited",
        code: 0,
        stdout: `iptables v1.8.9 (${name})\n`,
        stderr: "",
      });
    }
    const isRefused = variant === "nft" && !kernelHasNft;
    const stderr = isRefused ? "Failed to initialize nft: Protocol not supported" : "";
    return Promise.resolve({
      kind: "exited",
      code: isRefused ? 1 : 0,
      stdout: variant === "legacy" ? docker : "",
      stderr,
    });
  };
}

const both: readonly Variant[] = ["nft", "legacy"];

test.each<[string, string, Call, readonly object[]]>([
  ["both can be read", "filter\n", programs(both), []],
  ["no table of iptables-legacy, and nothing to read it by", "", programs(["nft"]), []],
  [
    "tables of iptables-legacy, and nothing to read them by",
    "filter\n",
    programs(["nft"]),
    [
      {
        family: "IPv4",
        variant: "legacy",
        hasTables: true,
        failure: { reason: "IptablesMissing" },
      },
    ],
  ],
  [
    "iptables-legacy alone",
    "filter\n",
    programs(["legacy"]),
    [{ family: "IPv4", variant: "nft", hasTables: false, failure: { reason: "IptablesMissing" } }],
  ],
  ["a kernel without nf_tables", "filter\n", programs(both, false), []],
])("what could not be read: %s", async (_, names, call, unread) => {
  await writeFile(join(procNet, "ip_tables_names"), names);
  const family = createIptablesFamily(call, procNet, "IPv4");
  for (const look of ["first", "from what is remembered"]) {
    const found = await family.observe();
    expect([look, found]).toMatchObject([
      look,
      { kind: "observed", elsewhere: expect.anything() as unknown, unread },
    ]);
  }
});
