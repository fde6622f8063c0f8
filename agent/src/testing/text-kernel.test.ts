import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe } from "vitest";
import { firewallContract } from "./firewall-contract.ts";
import { TextKernel, textFirewall } from "./text-kernel.ts";

describe("a kernel that is text", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "seawall-text-kernel-"));
    return () => rm(folder, { recursive: true });
  });

  firewallContract(() => ({ firewall: textFirewall(new TextKernel()), folder }));
});
