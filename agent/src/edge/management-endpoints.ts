import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { formatAddress, parseAddress } from "@seawall/policy";
import { hostOf } from "@seawall/proto";
import type { Endpoint } from "../core/management-bindings.ts";
import type { Clock, ManagementEndpoints } from "../ports.ts";
import type { AgentIdentity } from "./identity-store.ts";

export interface ManagementEndpointsOptions {
  /** Asked whenever names are looked up. */
  readonly identity: () => Pick<AgentIdentity, "natsUrl" | "controllerAddress">;
  readonly clock: Clock;
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

/** Where this host reaches NATS and the controller, by address; of these, those that are its own. */
export function createManagementEndpoints(options: ManagementEndpointsOptions): WatchedEndpoints {
  const { identity, clock } = options;
  const { resolve = lookUp, ownAddresses = addressesOfHost } = options;
  const listeners: (() => void)[] = [];
  const known = new Map<string, readonly string[]>();

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
    } catch {
      return false;
    }
    const found = addresses.flatMap(canonical).toSorted();
    const isNew = found.join() !== known.get(name)?.join();
    known.set(name, found);
    return isNew;
  };

  const refresh = async (): Promise<void> => {
    const names = [...new Set(endpoints().map(({ name }) => name))];
    const changes = await Promise.all(names.map(refreshName));
    if (changes.includes(true)) for (const listener of listeners) listener();
  };

  return {
    here() {
      const own = new Set(ownAddresses().flatMap(canonical));
      return endpoints().flatMap(({ name, port }): readonly Endpoint[] =>
        (known.get(name) ?? [])
          .filter((address) => own.has(address))
          .map((address) => ({ address, port })),
      );
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

async function lookUp(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

/** Without those of the loopback interface, which nobody else reaches. */
function addressesOfHost(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all = []) =>
    all.filter(({ internal }) => !internal).map(({ address }) => address),
  );
}

function canonical(text: string): readonly string[] {
  const parsed = parseAddress(text);
  return parsed.ok ? [formatAddress(parsed.address)] : [];
}
