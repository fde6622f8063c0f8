import type { LabNode } from "@seawall/lab";

/** UDP datagrams that nobody answers, until it is stopped. */
export interface Flood {
  readonly stop: () => Promise<void>;
}

/**
 * Up to 5,000 datagrams a second from a machine to port 5000 of each of these addresses, a few in each millisecond: programs
 * that write rules are further apart. As many as go would take the processor from what is tried under them.
 */
export async function startFlood(from: LabNode, ...addresses: readonly string[]): Promise<Flood> {
  const program = `
    for (const address of ${JSON.stringify(addresses)}) {
      const socket = require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
      setInterval(() => {
        for (let i = 0; i < 5; i += 1) socket.send("x", 5000, address);
      }, 1);
    }
  `;
  const sender = await from.spawn(["node", "-e", program]);
  return {
    stop: async () => {
      sender.kill("SIGKILL");
      await sender.exited;
    },
  };
}
