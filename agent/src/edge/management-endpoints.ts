import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { formatAddress, parseAddress } from "@seawall/policy";
import { hostOf } from "@seawall/proto";
import type { Endpoint } from "../core/management-bindings.ts";
import type { Clock, Log, ManagementEndpoints } from "../ports.ts";
import type { AgentIdentity } from "./identity-store.ts";

export interface ManagementEndpointsOptions {
  /** Asked whenever names are looked up. */
  readonly identity: () => Pick<AgentIdentity, "natsUrl" | "controllerAddress">;
  readonly clock: Clock;
  readonly log: Pick<Log, "info" | "warn">;
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  readonly ownAddresses?: () => readonly string[];
}

/** Also what keeps names up to date until the signal aborts. Never throws. */
export interface WatchedEndpoints extends ManagementEndpoints {
  /** Looks every name up once. One that nobody can look up now keeps the addresses that it had. */
  refresh(): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

const REFRESH_MS = 60_000;

/**
 * Where this host reaches NATS and the controller, by address; of these, those that are its own. A name that is the
 * host's own may lead to a loopback address here, as Debian has it (127.0.1.1), which is not how others reach it: then
 * that may be by any address of the host.
 */
export function createManagementEndpoints(options: ManagementEndpointsOptions): WatchedEndpoints {
  const { identity, clock, log } = options;
  const { resolve = lookUp, ownAddresses = addressesOfHost } = options;
  const listeners: (() => void)[] = [];
  const known = new Map<string, readonly string[]>();
  const unresolved = new Set<string>();

  const endpoints = (): readonly { readonly name: string; readonly port: number }[] => {
    const { natsUrl, controllerAddress } = identity();
    return [...natsUrl.split(","), controllerAddress].flatMap((text) => {
      const port = Number(text.slice(text.lastIndexOf(":") + 1));
      const name = hostOf(text).replace(/^[a-z]+:\/\//, "");
      return Number.isInteger(port) && name !== "" ? [{ name, port }] : [];
    });
  };

  const refreshName = async (name: string): Promise<boolean> => {
    let addresses: readonly string[];
    try {
      addresses = isIP(name) === 0 ? await resolve(name) : [name];
    } catch (error) {
      const last = known.get(name) ?? [];
      if (!unresolved.has(name)) log.warn({ err: error, name, last }, unresolvedText);
      unresolved.add(name);
      return false;
    }
    unresolved.delete(name);
    const found = addresses.flatMap(canonical).toSorted();
    const isNew = found.join() !== known.get(name)?.join();
    known.set(name, found);
    if (isNew && found.some(isLoopback)) log.info({ name, found }, loopbackText);
    return isNew;
  };

  const refresh = async (): Promise<void> => {
    const names = [...new Set(endpoints().map(({ name }) => name))];
    const changes = await Promise.all(names.map(refreshName));
    if (changes.includes(true)) for (const listener of listeners) listener();
  };

  return {
    here() {
      const own = ownAddresses().flatMap(canonical);
      return endpoints().flatMap(({ name, port }): readonly Endpoint[] => {
        const found = known.get(name) ?? [];
        // Whoever is told a loopback address by number reaches it from this host alone, and lo is not judged.
        const isAnywhere = isIP(name) === 0 && found.some(isLoopback);
        return own
          .filter((address) => isAnywhere || found.includes(address))
          .map((address) => ({ address, port }));
      });
    },
    onChange(listener) {
      listeners.push(listener);
    },
    refresh,
    async run(signal) {
      while (!signal.aborted) {
        await refresh();
        await clock.sleep(REFRESH_MS * (0.8 + 0.4 * clock.random()), signal);
      }
    },
  };
}

const unresolvedText =
  "where the controller or NATS is cannot be looked up, so if it is in a container here, what is never cut is as it was when it last could";
const loopbackText =
  "the name of the controller or of NATS leads to a loopback address here, so if it is in a container here, it is never cut at any address of this host";

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

async function lookUp(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** Without those of the loopback interface, and link-local ones of IPv6: nobody else reaches it, or is told these. */
function addressesOfHost(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all
      .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
      .map(({ address }) => address),
  );
}

function canonical(text: string): readonly string[] {
  const parsed = parseAddress(text);
  return parsed.ok ? [formatAddress(parsed.address)] : [];
}
