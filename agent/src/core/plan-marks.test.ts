import { describe, expect, test } from "vitest";
import { filterArgs } from "./connection-filter.ts";
import { createConnectionJudge } from "./judge-connection.ts";
import { createMarkPlanner, type PlannedMarks } from "./plan-marks.ts";
import { connection, ground, stateOf } from "./testing/live-host.ts";

const shop = "networkSelector: {names: [shop]}";
const office = `{${shop}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]}}`;
const published = "192.0.2.11 8080 = 172.18.0.2 80";

const options: Readonly<Record<string, string>> = {
  "--family": "",
  "--protonum": "",
  "--orig-src": "from",
  "--orig-dst": "to",
  "--orig-port-dst": "",
  "--reply-src": "=",
  "--reply-port-src": "",
};

/** The arguments of its filters, in the words of `connection`. */
function text({ filters, connections, over }: PlannedMarks): readonly string[] {
  const words = filters.map((filter) =>
    filterArgs(filter)
      .map((arg) => options[arg] ?? arg)
      .filter((arg) => arg !== "")
      .join(" "),
  );
  return [...words, `for ${String(connections)}${over === 0 ? "" : `, ${String(over)} over`}`];
}

function plan(specs: readonly string[], texts: readonly string[]) {
  const judge = createConnectionJudge(stateOf(...specs), ground);
  const planner = createMarkPlanner(judge);
  for (const one of texts) planner.add(connection(one));
  const { cut, release, notJudged } = planner.plan();
  return { cut: text(cut), release: text(release), notJudged };
}

describe("what is cut", () => {
  test("with everybody around who is denied too, and with nobody else", () => {
    const { cut } = plan(
      [office],
      [
        `TCP 203.0.113.7 > ${published}`,
        `TCP 203.0.113.200 > ${published}`,
        `TCP 198.51.101.1 > ${published}`,
        // Allowed; and one that is cut already.
        `TCP 198.51.100.10 > ${published}`,
        `TCP 203.0.113.9 > ${published} cut`,
      ],
    );
    expect(cut).toEqual([
      "ipv4 tcp from 200.0.0.0/5 to 192.0.2.11/32 8080 = 172.18.0.2 80",
      "ipv4 tcp from 198.51.101.0/24 to 192.0.2.11/32 8080 = 172.18.0.2 80",
      "for 3",
    ]);
  });

  test("each published port, each protocol and each container by itself", () => {
    const { cut } = plan(
      [`{${shop}, ingress: {defaultAction: Deny}}`],
      [
        `TCP 203.0.113.7 > ${published}`,
        "TCP 203.0.113.7 > 172.18.0.2 80",
        "TCP 203.0.113.7 > 172.18.0.2 81",
        "UDP 203.0.113.7 > 172.18.0.3 53",
        "ICMP 2001:db8:bad::9 > 2001:db8:18::2",
      ],
    );
    // Up to addresses of the host and of its networks.
    expect(cut).toEqual([
      "ipv4 tcp from 200.0.0.0/5 to 192.0.2.11/32 8080 = 172.18.0.2 80",
      "ipv4 tcp from 200.0.0.0/5 to 172.18.0.2/32 = 172.18.0.2",
      "ipv4 udp from 200.0.0.0/5 to 172.18.0.3/32 = 172.18.0.3",
      "ipv6 icmpv6 from 2001:db8:800::/37 to 2001:db8:18::2/128 = 2001:db8:18::2",
      "for 5",
    ]);
  });

  test("each port by itself where ports decide", () => {
    const { cut } = plan(
      [`{${shop}, ingress: {defaultAction: Deny, rules: [{action: Allow, ports: [{port: 443}]}]}}`],
      ["TCP 203.0.113.7 > 172.18.0.2 80", "TCP 203.0.113.7 > 172.18.0.2 443"],
    );
    expect(cut).toEqual(["ipv4 tcp from 200.0.0.0/5 to 172.18.0.2/32 80 = 172.18.0.2 80", "for 1"]);
  });

  test("outward, with everybody around whom it may not call", () => {
    const egress = `{${shop}, egress: {rules: [{action: Deny, to: [{ipBlock: {cidr: 203.0.113.0/25}}]}]}}`;
    const { cut } = plan(
      [egress],
      [
        "TCP 172.18.0.2 > 203.0.113.7 443",
        "TCP 172.18.0.2 > 203.0.113.9 8443",
        "TCP 172.18.0.2 > 203.0.113.200 443",
        "TCP 172.18.0.3 > 203.0.113.9 443",
      ],
    );
    expect(cut).toEqual([
      "ipv4 tcp from 172.18.0.2/32 to 203.0.113.0/25",
      "ipv4 tcp from 172.18.0.3/32 to 203.0.113.0/25",
      "for 3",
    ]);
  });

  test("never with what Docker may redirect: the host's own addresses stay out", () => {
    const { cut } = plan(
      [`{${shop}, egress: {host: true, defaultAction: Deny}}`],
      ["TCP 172.18.0.2 > 192.0.2.12 8080", "TCP 172.18.0.2 > 192.0.2.11 8080"],
    );
    expect(cut).toEqual([
      "ipv4 tcp from 172.18.0.2/32 to 192.0.2.12/30",
      "ipv4 tcp from 172.18.0.2/31 to 192.0.2.11/32 = 192.0.2.11",
      "for 2",
    ]);
  });

  test("between two containers, nobody else", () => {
    const internal = `{${shop}, containerSelector: {names: [web]}, internal: {defaultAction: Deny}}`;
    const { cut } = plan([internal], ["TCP 172.18.0.3 > 172.18.0.2 80"]);
    expect(cut[0]).toBe("ipv4 tcp from 172.18.0.2/31 to 172.18.0.2/32 = 172.18.0.2");
  });
});

test("what is over is cut and released too, and counted by itself: the kernel lets it go on", () => {
  const { cut, release } = plan(
    [office],
    [`TCP 203.0.113.7 > ${published} over`, `TCP 198.51.100.10 > ${published} over cut`],
  );
  expect({ cut, release }).toEqual({
    cut: ["ipv4 tcp from 200.0.0.0/5 to 192.0.2.11/32 8080 = 172.18.0.2 80", "for 0, 1 over"],
    release: [
      "ipv4 tcp from 198.51.100.0/24 to 192.0.2.11/32 8080 = 172.18.0.2 80",
      "for 0, 1 over",
    ],
  });
});

describe("what is left alone", () => {
  test.for([
    ["allowed, and over", `TCP 198.51.100.10 > ${published} over`],
    ["expected because of another", "TCP 203.0.113.7 > 172.18.0.2 20 expected"],
    ["allowed", `TCP 198.51.100.10 > ${published}`],
    ["denied, and cut already", `TCP 203.0.113.7 > ${published} cut`],
  ])("%s: %s", ([, one = ""]) => {
    expect(plan([office], [one])).toEqual({
      cut: ["for 0"],
      release: ["for 0"],
      notJudged: { connections: 0, example: "" },
    });
  });
});

describe("what is released", () => {
  test("by itself, or with others that are allowed", () => {
    const { release } = plan(
      [office],
      [
        `TCP 198.51.100.10 > ${published} cut`,
        `TCP 198.51.100.99 > ${published} cut`,
        `TCP 203.0.113.7 > ${published} cut`,
        "TCP 203.0.113.7 > 172.18.0.2 20 expected cut",
      ],
    );
    expect(release).toEqual([
      "ipv4 tcp from 198.51.100.0/24 to 192.0.2.11/32 8080 = 172.18.0.2 80",
      "ipv4 tcp from 203.0.113.7/32 to 172.18.0.2/32 20 = 172.18.0.2 20",
      "for 3",
    ]);
  });

  test("all together where nothing is denied", () => {
    const cut = [`TCP 203.0.113.7 > ${published} cut`, "UDP 203.0.113.7 > 172.18.0.3 53 cut"];
    expect(plan([], [...cut, "TCP 203.0.113.8 > 172.18.0.2 80"]).release).toEqual([
      "ipv4",
      "ipv6",
      "for 2",
    ]);
  });
});

test("what cannot be told is counted, with an example, and keeps its mark", () => {
  const state = stateOf("{networkSelector: {names: [front]}, egress: {defaultAction: Deny}}");
  const planner = createMarkPlanner(createConnectionJudge(state, ground));
  for (const one of [
    "UDP 10.8.0.7 > 192.0.2.11 8080 = 172.18.0.2 80 cut",
    "ICMP 10.8.0.7 > 172.18.0.2",
    "TCP 10.8.0.7 > 172.18.0.2 80 over",
    // Each packet of whoever began it is judged by the rules as long as nobody has answered.
    "UDP 10.8.0.7 > 172.18.0.2 53 unanswered",
  ]) {
    planner.add(connection(one));
  }
  planner.addUnreadable("gibberish");
  const { cut, release, notJudged } = planner.plan();
  expect([cut.connections, release.connections]).toEqual([0, 0]);
  expect(notJudged).toEqual({
    connections: 3,
    example: "UDP 10.8.0.7 to 192.0.2.11 port 8080, redirected to 172.18.0.2 port 80",
  });
});

test("thousands who are denied between thousands who are allowed are told one by one", () => {
  const block = (n: number) => `11.0.${String(n >> 8)}.${String(n & 255)}`;
  const allowed = Array.from({ length: 2_000 }, (_, n) => `{ipBlock: {cidr: ${block(2 * n)}/32}}`);
  const from = allowed.join();
  const planner = createMarkPlanner(
    createConnectionJudge(
      stateOf(
        `{${shop}, ingress: {defaultAction: Deny, rules: [{action: Allow, from: [${from}]}]}}`,
      ),
      ground,
    ),
  );
  for (let n = 0; n < 4_000; n++) planner.add(connection(`TCP ${block(n)} > ${published}`));
  const { cut } = planner.plan();
  expect([cut.connections, cut.filters.length]).toEqual([2_000, 2_000]);
});
