import { createHash } from "node:crypto";
import type { ApplyRequest__Output } from "@seawall/proto";
import { beforeEach, describe, expect, test } from "vitest";
import { admin } from "../testing/callers.ts";
import { enrolledHost, MemoryFleet } from "../testing/memory-fleet.ts";
import { namesAppHosts, policyTree } from "../testing/policy-tree.ts";
import { get } from "./get.ts";
import { apply, remove } from "./write.ts";

const group = (name: string, cidrs: string, labels = "") =>
  `---\napiVersion: seawall/v1\nkind: AddressGroup\nmetadata: {name: ${name}, labels: {${labels}}}\nspec: {cidrs: [${cidrs}]}\n`;
const policy = (name: string, selects: string, allows: string) =>
  `---\napiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: ${name}}\nspec:\n  hostSelector: {matchLabels: {${selects}}}\n  ingress:\n    defaultAction: Deny\n    rules: [{action: Allow, from: [{addressGroup: ${allows}}]}]\n`;

const request = (content: string, wish: Partial<ApplyRequest__Output> = {}) => ({
  files: [{ name: "all.yaml", content }],
  dryRun: false,
  message: "",
  prune: false,
  pruneSelector: "",
  confirmWithinMs: 0,
  ...wish,
});

let fleet: MemoryFleet;
const applied = (content: string, wish: Partial<ApplyRequest__Output> = {}) =>
  apply(request(content, wish), admin, fleet, { ports: [] });
const words = ({ changes }: Awaited<ReturnType<typeof apply>>) =>
  changes?.map(
    ({ object, action }) => `${object?.kind ?? ""}/${object?.name ?? ""} ${String(action)}`,
  );
const keys = async () => [...(await fleet.tree(await fleet.newestRevision())).keys()];

beforeEach(() => {
  fleet = new MemoryFleet([
    enrolledHost("web-1", { env: "prod" }),
    enrolledHost("web-2", { env: "prod", id: "2" }),
    enrolledHost("test-1", { env: "test" }),
  ]);
});

describe("apply", () => {
  test("several objects are one revision; the same again is none", async () => {
    const text =
      group("office", "198.51.100.0/24, 2001:db8:7::/48") + policy("p", "env: prod", "office");
    expect(await applied(text)).toMatchObject({ revision: 1, committed: true, issues: [] });
    expect(await applied(text)).toMatchObject({ revision: 1, committed: false });
    expect(fleet.records).toMatchObject([{ author: "admin" }]);
  });

  test("one wrong object refuses all, with its place", async () => {
    const answer = await applied(group("office", "198.51.100.0/24") + group("lab", "10.0.0.1/8"));
    expect(answer).toMatchObject({ committed: false, changes: [], revision: 0 });
    expect(answer.issues).toMatchObject([{ severity: "ERROR", file: "all.yaml", line: 10 }]);
    expect(await keys()).toEqual([]);
  });

  test("what only the whole fleet can tell refuses too", async () => {
    const answer = await applied(policy("p", "env: prod", "nowhere"));
    expect(answer.committed).toBe(false);
    expect(JSON.stringify(answer.issues)).toContain("nowhere");
  });

  test("a dry run says what would change on which host, and writes nothing", async () => {
    const text = group("office", "198.51.100.0/24") + policy("p", "env: prod", "office");
    const answer = await applied(text, { dryRun: true });
    expect(words(answer)).toEqual(["AddressGroup/office CREATED", "FleetPolicy/p CREATED"]);
    expect(answer.hosts?.map(({ host }) => host)).toEqual(["web-1", "web-2"]);
    expect(answer.hosts?.[0]?.added?.length).toBeGreaterThan(0);
    expect(await keys()).toEqual([]);
  });

  test("prune deletes what it selects and no file names", async () => {
    await applied(group("a", "", "team: net") + group("b", "", "team: net") + group("c", ""));
    const answer = await applied(group("a", "", "team: net"), {
      prune: true,
      pruneSelector: "team=net",
    });
    expect(words(answer)).toEqual(["AddressGroup/a UNCHANGED", "AddressGroup/b DELETED"]);
    expect(await keys()).toEqual(["AddressGroup/a", "AddressGroup/c"]);
  });

  test("prune without a selector is refused: it would delete everything", async () => {
    const answer = applied(group("a", ""), { prune: true, pruneSelector: " " });
    await expect(answer).rejects.toMatchObject({ reason: "InvalidRequest" });
  });

  test("a revision that is not the newest any more is stale", async () => {
    await applied(group("a", ""));
    await applied(group("b", ""));
    await expect(applied(group("c", ""), { ifRevision: 1 })).rejects.toMatchObject({
      reason: "StaleRevision",
    });
    expect(await applied(group("c", ""), { ifRevision: 2 })).toMatchObject({ revision: 3 });
  });

  test("0 is the fleet before its first revision, and nothing else", async () => {
    expect(await applied(group("a", ""), { ifRevision: 0 })).toMatchObject({ revision: 1 });
    await expect(applied(group("b", ""), { ifRevision: 0 })).rejects.toMatchObject({
      reason: "StaleRevision",
      message:
        "the newest revision is 1, not 0: somebody else has changed the fleet. Look again with `seawall diff`",
    });
  });

  test("what somebody else commits in between is kept", async () => {
    fleet.beforeCommit = () => {
      fleet.beforeCommit = () => undefined;
      fleet.push(new Map());
    };
    expect(await applied(group("a", ""))).toMatchObject({ revision: 2, committed: true });
  });

  test("somebody else in between makes a stale one of what was bound to a revision", async () => {
    await applied(group("a", ""));
    fleet.beforeCommit = () => {
      fleet.push(new Map());
    };
    await expect(applied(group("b", ""), { ifRevision: 1 })).rejects.toMatchObject({
      reason: "StaleRevision",
    });
  });
});

describe("limits hold whatever a client sends", () => {
  test("no more than 2,000 objects in the fleet, over several writes", async () => {
    const groups = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => group(`g${String(from + i)}`, "")).join("");
    await applied(groups(0, 1_999));
    const answer = await applied(groups(1_999, 2), { dryRun: true });
    expect(answer.issues).toMatchObject([{ severity: "ERROR" }]);
    expect(answer.issues?.[0]?.message).toContain("would have 2001 objects");
    expect(await applied(groups(1_999, 1))).toMatchObject({ committed: true });
  });

  test("no file over 1 MiB", async () => {
    const answer = await applied(`${group("a", "")}#${"x".repeat(1024 * 1024)}`);
    expect(answer.issues?.[0]?.message).toContain("1048576");
    expect(answer.committed).toBe(false);
  });

  test("no bundle that no agent would take; hosts that it is the same for share an issue", async () => {
    // As good as random: what compresses well would take three times as many.
    const block = (i: number, j: number) => {
      const hash = createHash("sha256")
        .update(`${String(i)} ${String(j)}`)
        .digest("hex");
      return `"2001:db8:${(hash.slice(0, 16).match(/.{4}/g) ?? []).join(":")}::/96"`;
    };
    const groups = Array.from({ length: 12 }, (_, i) =>
      group(`g${String(i)}`, Array.from({ length: 5_500 }, (_, j) => block(i, j)).join(",")),
    );
    for (const text of groups) await applied(text);
    const all = groups
      .map((_, i) => policy(`p${String(i)}`, "env: prod", `g${String(i)}`))
      .join("");
    const answer = await applied(all);
    expect(answer.committed).toBe(false);
    expect(answer.issues).toHaveLength(1);
    expect(answer.issues?.[0]?.message).toMatch(
      /^the policies of host web-1 and 1 more .* over the limit/,
    );
  }, 60_000);
});

describe("while the record of a host is not believed", () => {
  const naming = policyTree({ app: namesAppHosts });
  beforeEach(() => {
    fleet.unbelieved = [{ name: "db-1", reason: "NotOurs", message: "forged" }];
  });

  test("nothing that names hosts is written: its Deny could lose that host", async () => {
    fleet.push(naming);
    const answer = await applied(group("a", ""));
    expect(answer).toMatchObject({ committed: false, revision: 1 });
    expect(answer.issues).toEqual([
      {
        severity: "ERROR",
        path: "",
        message:
          "rules name hosts by label (hostSelector in from or to), and the record of db-1 in the store is not believed, so it is not known whose addresses they mean: nothing was written. See why: seawall compliance",
      },
    ]);
    expect(await keys()).toEqual(["FleetPolicy/app"]);
  });

  test("the last policy that names hosts can be deleted; a dry run tells no difference", async () => {
    fleet.push(naming);
    const wish = {
      ...{ objects: [{ kind: "FleetPolicy", name: "app" }], dryRun: true },
      message: "",
    };
    const dry = await remove(wish, admin, fleet);
    expect(dry).toMatchObject({ committed: false, hosts: [], issues: [{ severity: "WARNING" }] });
    expect(dry.issues?.[0]?.message).toContain("what changes on the hosts cannot be told");
    const committed = await remove({ ...wish, dryRun: false }, admin, fleet);
    expect(committed).toMatchObject({ committed: true, issues: [] });
  });

  test("what names no hosts is written and compared as ever", async () => {
    const text =
      group("office", '198.51.100.0/24, "2001:db8:7::/48"') + policy("p", "env: prod", "office");
    const dry = await applied(text, { dryRun: true });
    expect(dry.hosts?.map(({ host }) => host)).toEqual(["web-1", "web-2"]);
    expect(await applied(text)).toMatchObject({ committed: true, issues: [] });
  });
});

describe("remove", () => {
  const some = (...names: string[]) => ({
    objects: names.map((name) => ({ kind: "AddressGroup", name })),
    dryRun: false,
    message: "",
  });

  test("all or nothing", async () => {
    await applied(group("a", "") + group("b", ""));
    await expect(remove(some("a", "x"), admin, fleet)).rejects.toMatchObject({
      reason: "NotFound",
    });
    expect(await keys()).toHaveLength(2);
    expect(await remove(some("a", "b"), admin, fleet)).toMatchObject({ committed: true });
    expect(await keys()).toEqual([]);
  });

  test("not what a policy still names", async () => {
    await applied(group("office", "10.0.0.0/8") + policy("p", "env: prod", "office"));
    const answer = await remove(some("office"), admin, fleet);
    expect(answer.committed).toBe(false);
    expect(JSON.stringify(answer.issues)).toContain("office");
  });
});

describe("get", () => {
  const names = async (kind: string, name = "", selector = "") =>
    (await get({ kind, name, selector }, fleet)).items?.map(
      (text) => (JSON.parse(text) as { metadata: { name: string } }).metadata.name,
    );

  test("all of a kind, by name, by label", async () => {
    expect(await names("Host")).toEqual(["test-1", "web-1", "web-2"]);
    expect(await names("Host", "web-1")).toEqual(["web-1"]);
    expect(await names("Host", "", "env=prod")).toEqual(["web-1", "web-2"]);
    expect(await names("FleetPolicy")).toEqual([]);
  });

  test("revisions, the newest first", async () => {
    await applied(group("a", ""));
    await applied(group("b", ""));
    expect(await names("Revision")).toEqual(["2", "1"]);
  });

  test.for([
    { kind: "Pod", name: "", selector: "", reason: "InvalidRequest" },
    { kind: "Host", name: "", selector: "=,", reason: "InvalidRequest" },
    { kind: "Host", name: "nobody", selector: "", reason: "NotFound" },
    { kind: "Host", name: "web-1", selector: "env=test", reason: "NotFound" },
  ])("refuses $kind $name $selector: $reason", async ({ reason, ...what }) => {
    await expect(get(what, fleet)).rejects.toMatchObject({ reason });
  });
});
