import { compile, type DesiredState, desiredDigest, parseManifests } from "@seawall/policy";
import { beforeEach, expect, test } from "vitest";
import type { Announcement } from "./core/announcement.ts";
import type { Failure } from "./core/failure.ts";
import { connection, ground, view } from "./core/testing/live-host.ts";
import type { Conntrack, PreviewVerdict } from "./ports.ts";
import { createPreview } from "./preview.ts";
import type { SeenHost } from "./reconciler.ts";

const desired = (spec: string): DesiredState => {
  const content = `apiVersion: seawall/v1\nkind: FleetPolicy\nmetadata: {name: p}\nspec: ${spec}\n`;
  const { resources } = parseManifests([{ name: "p.yaml", content }]);
  const tree = resources.map(({ resource }) => resource);
  return compile(tree, [], { name: "h", labels: {}, mode: "Enforce" });
};
const closed = desired("{networkSelector: {names: [shop]}, ingress: {defaultAction: Deny}}");

const failed = (reason: string) => {
  const failure: Failure = { class: "wait", reason, message: "no" };
  return { kind: "failed", failure } as const;
};
const seen: SeenHost = {
  ...{ kind: "seen", view },
  ownPorts: [8080, 22].map((port) => ({
    ...{ protocol: "TCP", port, isOwn: true },
    ...{ since: { boot: "this", ms: 0 }, lastFound: { boot: "this", ms: 0 } },
  })),
};

interface Host {
  readonly opened?: PreviewVerdict;
  readonly host?: SeenHost | ReturnType<typeof failed>;
  readonly live?: readonly string[] | "missing";
}

const previewing = ({ opened, host = seen, live = [] }: Host) => {
  const list: Conntrack["list"] = (told) => {
    if (live === "missing") return Promise.resolve(failed("ConntrackMissing"));
    for (const text of live) told.add(connection(text));
    return Promise.resolve({ kind: "listed" });
  };
  return createPreview({
    openPreview: () => opened ?? { kind: "preview", revision: 8, desired: closed },
    readHost: () => Promise.resolve(host),
    conntrack: { list },
    routes: { read: () => Promise.resolve(ground.routes) },
    cutRecords: {
      announce: (one) => {
        announced.push(one);
        return Promise.resolve();
      },
    },
    newId: () => {
      previews += 1;
      return `p${String(previews)}`;
    },
  });
};

let announced: Announcement[];
let previews: number;
beforeEach(() => {
  announced = [];
  previews = 0;
});

const asked = (announceable: boolean) => ({ envelope: Buffer.from("sealed"), announceable });
const preview = (host: Host) =>
  previewing(host).previewBundle(asked(true), new AbortController().signal);

test("the connections that it denies, and that are open now", async () => {
  const live = [
    "TCP 203.0.113.7 > 192.0.2.11 8080 = 172.18.0.2 80",
    "UDP 203.0.113.8 > 172.18.0.3 53",
    "TCP 203.0.113.9 > 172.18.0.3 80 cut",
    "TCP 203.0.113.9 > 172.18.0.3 81 over",
    "TCP 203.0.113.9 > 172.18.0.3 82 expected",
    "TCP 172.18.0.2 > 203.0.113.7 443",
    "TCP 203.0.113.7 > 172.19.0.2 80",
  ];
  expect(await preview({ live })).toMatchObject({
    ...{ cut: 2, notJudged: 0 },
    connections: [
      {
        ...{ protocol: "TCP", source: "203.0.113.7", destination: "192.0.2.11", port: 8080 },
        ...{ answerer: "172.18.0.2", answeringPort: 80 },
      },
      {
        ...{ protocol: "UDP", source: "203.0.113.8", destination: "172.18.0.3", port: 53 },
        ...{ answerer: "172.18.0.3", answeringPort: 53 },
      },
    ],
  });
});

test("all are counted, twenty are named", async () => {
  const live = Array.from(
    { length: 50 },
    (_, port) => `TCP 203.0.113.7 > 172.18.0.2 ${String(port + 1)}`,
  );
  const said = await preview({ live });
  expect(said).toMatchObject({ cut: 50 });
  expect(said && "connections" in said ? said.connections : []).toHaveLength(20);
});

test("what it is resolved by: with the host's own ports that it names, and no others", async () => {
  const named = desired(
    "{networkSelector: {names: [shop]}, ingress: {rules: [{action: Deny, ports: [{publishedPort: 8080}]}]}}",
  );
  expect(await preview({ opened: { kind: "preview", revision: 8, desired: named } })).toMatchObject(
    {
      inventory: { ownPorts: [{ protocol: "TCP", port: 8080 }] },
    },
  );
});

test("without policies nothing is listed, for nothing is cut", async () => {
  const opened = { kind: "preview", revision: 8, desired: { policies: [] } } as const;
  expect(await preview({ opened, live: "missing" })).toMatchObject({ cut: 0, connections: [] });
});

test("what it answered can be announced for a while, with the host as it was; what it did not cannot", async () => {
  const { previewBundle, announceBundle } = previewing({});
  const { signal } = new AbortController();
  expect(await previewBundle(asked(true), signal)).toMatchObject({ id: "p1" });
  expect(announced).toEqual([]);
  expect(await announceBundle("p1", "before")).toBeUndefined();
  expect(announced).toEqual([
    {
      ...{ revision: 8, before: "before", after: desiredDigest(closed) },
      view: { ...view, ownPorts: [] },
    },
  ]);
  // Those of who may announce nothing push none out.
  for (let more = 0; more < 8; more++) {
    expect(await previewBundle(asked(false), signal)).toMatchObject({ id: "" });
  }
  expect(await announceBundle("p1", "again")).toBeUndefined();
  for (let more = 0; more < 8; more++) await previewBundle(asked(true), signal);
  const forgotten = { kind: "failed", failure: { reason: "PreviewForgotten" } };
  expect(await announceBundle("p1", "before")).toMatchObject(forgotten);
  expect(await announceBundle("", "before")).toMatchObject(forgotten);
  expect(announced).toHaveLength(2);
});

test.for([
  [
    "bytes that are no preview",
    {
      opened: {
        kind: "refused",
        refusal: { reason: "BadSignature", message: "", unsupported: false },
      },
    },
    "BadSignature",
  ],
  [
    "a host that Docker does not tell of",
    { host: failed("DockerUnreachable") },
    "DockerUnreachable",
  ],
  ["a host without conntrack", { live: "missing" }, "ConntrackMissing"],
] as const)("%s", async ([, host, reason]) => {
  expect(await preview(host)).toMatchObject({ kind: "failed", failure: { reason } });
});
