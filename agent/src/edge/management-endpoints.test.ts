import { beforeEach, expect, test, vi } from "vitest";
import type { Log } from "../ports.ts";
import { createManagementEndpoints } from "./management-endpoints.ts";
import { systemClock } from "./system-clock.ts";

let names: Readonly<Record<string, readonly string[]>>;
let own: readonly string[];

beforeEach(() => {
  names = { controller: ["192.0.2.11", "2001:db8::11"], nats: ["192.0.2.12"] };
  names = { ...names, own: ["127.0.1.1"], localhost: ["::1"] };
  own = ["192.0.2.11", "2001:DB8:0::11", "192.0.2.12"];
});

const noLog = { info: () => undefined, warn: () => undefined };

function endpointsOf(
  natsUrl: string,
  controllerAddress: string,
  log: Pick<Log, "info" | "warn"> = noLog,
) {
  return createManagementEndpoints({
    log,
    identity: () => ({ natsUrl, controllerAddress }),
    clock: systemClock,
    resolve: (name) => {
      const found = names[name];
      return found === undefined ? Promise.reject(new Error("ENOTFOUND")) : Promise.resolve(found);
    },
    ownAddresses: () => own,
  });
}

test.each<[string, string, string, readonly string[]]>([
  ["by address", "192.0.2.12:7422", "192.0.2.11:7443", ["192.0.2.12:7422", "192.0.2.11:7443"]],
  ["by IPv6 address", "[2001:db8::11]:7422", "elsewhere:7443", ["2001:db8::11:7422"]],
  ["by name", "nats:7422", "elsewhere:7443", ["192.0.2.12:7422"]],
  [
    "by a name of two addresses",
    "elsewhere:1",
    "controller:7443",
    ["192.0.2.11:7443", "2001:db8::11:7443"],
  ],
  [
    "of a cluster",
    "nats:7422,controller:7422",
    "elsewhere:1",
    ["192.0.2.12:7422", "192.0.2.11:7422", "2001:db8::11:7422"],
  ],
  ["with a scheme", "tls://nats:7422", "elsewhere:1", ["192.0.2.12:7422"]],
  ["of other hosts", "198.51.100.1:7422", "198.51.100.1:7443", []],
  [
    "by a name that is the host's own, as Debian has it in /etc/hosts: by any of its addresses",
    "own:7422",
    "elsewhere:1",
    ["192.0.2.11:7422", "2001:db8::11:7422", "192.0.2.12:7422"],
  ],
  [
    "by a name that is localhost, in IPv6",
    "localhost:7422",
    "elsewhere:1",
    ["192.0.2.11:7422", "2001:db8::11:7422", "192.0.2.12:7422"],
  ],
  ["by a loopback address, which nobody else is told", "127.0.0.1:7422", "[::1]:7443", []],
])("endpoints at this host: %s", async (_, natsUrl, controllerAddress, expected) => {
  const endpoints = endpointsOf(natsUrl, controllerAddress);
  await endpoints.refresh();
  expect(endpoints.here().map(({ address, port }) => `${address}:${port}`)).toEqual(expected);
});

test("a name that nobody can look up any more keeps its addresses", async () => {
  const endpoints = endpointsOf("nats:7422", "elsewhere:7443");
  await endpoints.refresh();
  names = {};
  await endpoints.refresh();
  expect(endpoints.here()).toEqual([{ address: "192.0.2.12", port: 7422 }]);
});

test("that a name cannot be looked up, or leads to a loopback address, is said once", async () => {
  const said: (readonly [string, unknown])[] = [];
  const endpoints = endpointsOf("own:7422", "elsewhere:1", {
    info: (fields) => said.push(["info", fields]),
    warn: (fields) => said.push(["warn", fields]),
  });
  await endpoints.refresh();
  await endpoints.refresh();
  expect(said).toMatchObject([
    ["info", { name: "own", found: ["127.0.1.1"] }],
    ["warn", { name: "elsewhere", last: [] }],
  ]);
});

test("whoever listens hears of other addresses, and of nothing else", async () => {
  const endpoints = endpointsOf("nats:7422", "controller:7443");
  const heard = vi.fn();
  endpoints.onChange(heard);
  await endpoints.refresh();
  await endpoints.refresh();
  expect(heard).toHaveBeenCalledTimes(1);
  names = { ...names, nats: ["192.0.2.11"] };
  await endpoints.refresh();
  expect(heard).toHaveBeenCalledTimes(2);
});

test("an address that the host has lost is not its own", async () => {
  const endpoints = endpointsOf("nats:7422", "elsewhere:7443");
  await endpoints.refresh();
  own = [];
  expect(endpoints.here()).toEqual([]);
});
