import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeHostKeys } from "./certificate-request.ts";
import { type AgentIdentity, IdentityStore } from "./identity-store.ts";

const identity: AgentIdentity = {
  ...makeHostKeys(),
  format: 1,
  host: "web-1",
  controllerAddress: "controller:7443",
  natsUrl: "controller:7422",
  caPem: "ca",
  certificatePem: "certificate",
  natsJwt: "jwt",
  signingKeysPem: ["key"],
};

let directory: string;
let store: IdentityStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "seawall-identity-"));
  store = new IdentityStore(directory);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe("IdentityStore", () => {
  it("reads what it wrote", async () => {
    expect(await store.read()).toEqual({ kind: "none" });
    await store.write(identity);
    expect(await store.read()).toEqual({ kind: "identity", identity });
  });

  it("refuses keys that others could read, and says what to do", async () => {
    await store.write(identity);
    await chmod(join(directory, "identity.json"), 0o644);
    expect(await store.read()).toMatchObject({
      kind: "unreadable",
      message: expect.stringContaining("mode 644") as unknown,
    });
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, 40)],
    ["of another format", (text: string) => text.replace('"format": 1', '"format": 2')],
    ["of a host that cannot be", (text: string) => text.replace('"web-1"', '"web.1"')],
  ])("does not guess when the file is %s, and shows no key", async (_what, damage) => {
    await store.write(identity);
    const file = join(directory, "identity.json");
    await writeFile(file, damage(await readFile(file, "utf8")));
    const read = await store.read();
    expect(read).toMatchObject({
      kind: "unreadable",
      message: expect.stringContaining("identity.json") as unknown,
    });
    expect(JSON.stringify(read)).not.toContain(identity.natsSeed);
  });

  it("keeps the keys of a join until it ends, for one controller and one name", async () => {
    const to = { caFingerprint: "ab", host: "web-1" };
    const keys = await store.keysForJoining(to, makeHostKeys);
    expect(await new IdentityStore(directory).keysForJoining(to, makeHostKeys)).toEqual(keys);
    const renamed = await store.keysForJoining({ ...to, host: "web-2" }, makeHostKeys);
    expect(renamed).not.toEqual(keys);
    await store.write(identity);
    expect(await store.keysForJoining({ ...to, host: "web-2" }, makeHostKeys)).not.toEqual(renamed);
  });
});
