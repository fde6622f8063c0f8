import { decodeBundle } from "@seawall/policy";
import { open } from "@seawall/proto";
import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { CompiledHosts } from "../compiled-hosts.ts";
import type { ResourceTree } from "../core/change-set.ts";
import type { FleetDirectory } from "../core/fleet-directory.ts";
import { contentOf } from "../core/host-compiler.ts";
import type { AcceptedBundle, StoredContent } from "../core/next-bundle.ts";
import { duplicate } from "../core/testing/duplicate.ts";
import { createSigningKeyPem, loadSigningKey } from "../identity/signing-key.ts";
import { enrolledHost } from "../testing/memory-fleet.ts";
import { namesAppHosts, policyTree } from "../testing/policy-tree.ts";
import { createHostReconciler, type DesiredStore, type HostLookup } from "./host-reconciler.ts";

const signingKey = loadSigningKey(createSigningKeyPem());
const trusted = new Map([[signingKey.keyId, signingKey.publicKey]]);

/** The bucket of one host, with its compare-and-set. */
class OneDesired implements DesiredStore {
  bytes: Buffer | undefined;
  sequence = 0;
  written: number[] = [];
  beforePut: () => void = () => undefined;

  bundle() {
    const opened = open("bundle", this.bytes ?? Buffer.alloc(0), trusted);
    const decoded = opened.ok ? decodeBundle(opened.payload) : opened;
    return "bundle" in decoded ? decoded.bundle : undefined;
  }

  read() {
    const bundle = this.bundle();
    const stored: StoredContent | undefined = bundle && {
      ...bundle,
      content: contentOf(bundle),
      digest: "cd",
    };
    return Promise.resolve({ bundle: stored, sequence: this.sequence });
  }

  put(_host: string, bytes: Buffer, sequence: number) {
    this.beforePut();
    if (sequence !== this.sequence) return Promise.resolve(false);
    this.bytes = bytes;
    this.sequence += 1;
    this.written.push(this.bundle()?.generation ?? -1);
    return Promise.resolve(true);
  }

  purge() {
    this.bytes = undefined;
    return Promise.resolve();
  }
}

let desired: OneDesired;
let lookup: HostLookup;
let isLeader: boolean;
let assigned: number | undefined;
let accepted: AcceptedBundle | undefined;
let tree: ResourceTree;
let directory: FleetDirectory | undefined;
const reconcile = () =>
  createHostReconciler({
    host: () => lookup,
    assignedRevision: () => assigned,
    compiled: new CompiledHosts(
      () => Promise.resolve(tree),
      () => directory,
    ),
    desired,
    accepted: () => accepted,
    epoch: 3,
    signingKey,
    isLeader: () => isLeader,
    log: pino({ level: "silent" }),
  })("web");

beforeEach(() => {
  desired = new OneDesired();
  lookup = { kind: "enrolled", host: enrolledHost("web") };
  isLeader = true;
  assigned = 0;
  accepted = undefined;
  tree = new Map();
  directory = { hosts: [] };
});

test("a host gets a signed bundle, once", async () => {
  await reconcile();
  await reconcile();
  expect(desired.written).toEqual([1]);
  expect(desired.bundle()).toMatchObject({ host: "web", epoch: 3, generation: 1 });
});

test("who does not lead touches nothing", async () => {
  isLeader = false;
  await reconcile();
  lookup = { kind: "deleted" };
  desired.bytes = Buffer.from("old");
  await reconcile();
  expect(desired).toMatchObject({ written: [], bytes: Buffer.from("old") });
});

test("the bundle of a deleted host is purged", async () => {
  await reconcile();
  lookup = { kind: "deleted" };
  expect(await reconcile()).toEqual({ kind: "done" });
  expect(desired.bytes).toBeUndefined();
});

test("of a host that is not known or not believed nothing is touched", async () => {
  await reconcile();
  const before = desired.bytes;
  lookup = { kind: "unknown" };
  await reconcile();
  expect(desired.bytes).toBe(before);
});

test("a host whose keys two agents have is given nothing new until that is over", async () => {
  await reconcile();
  tree = policyTree({ p: "{egress: {}}" });
  lookup = { kind: "enrolled", host: { ...enrolledHost("web"), quarantine: duplicate } };
  await reconcile();
  expect(desired.written).toEqual([1]);
  lookup = { kind: "enrolled", host: enrolledHost("web") };
  await reconcile();
  expect(desired.written).toEqual([1, 2]);
});

test("when the assigned revision is not believed, nothing is touched: it is not the empty fleet", async () => {
  assigned = undefined;
  await reconcile();
  expect(desired.written).toEqual([]);
});

test.for([
  { name: "names hosts", names: true, written: [1] },
  { name: "names none", names: false, written: [1, 1] },
])("where the directory is not known, a tree that $name: bundles $written", async (row) => {
  tree = policyTree({ p: row.names ? namesAppHosts : "{egress: {}}" });
  await reconcile();
  directory = undefined;
  // What would otherwise have a new bundle made.
  desired.bytes = Buffer.from("forged");
  await reconcile();
  expect(desired.written).toEqual(row.written);
});

test("what somebody else wrote at the same time is looked at again, not overwritten", async () => {
  desired.beforePut = () => {
    desired.sequence = 9;
  };
  expect(await reconcile()).toEqual({ kind: "requeueAfter", ms: 0 });
  expect(desired.written).toEqual([]);
});

test.for([
  { name: "forged", spoil: () => Buffer.from("forged") },
  { name: "purged", spoil: () => undefined },
])("a $name bundle is replaced by one beyond what the host has seen", async ({ spoil }) => {
  accepted = { epoch: 3, generation: 41, digest: "" };
  await reconcile();
  desired.bytes = spoil();
  accepted = { epoch: 3, generation: 42, digest: "cd" };
  await reconcile();
  expect(desired.written).toEqual([42, 43]);
});
