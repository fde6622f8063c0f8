import type { LabNode } from "@seawall/lab";

/** UDP datagrams that nobody answers, until it is stopped. */
export interface Flood {
  readonly stop: () => Promise<void>;
}

/**
 * Up to 5,000 datagrams a second from a machine to port 5000 of an address, a few in each millisecond: programs that write
 * rules are further apart. As many as go would take the processor from what is tried under them.
 */
export async function startFlood(from: LabNode, address: string): Promise<Flood> {
  const program = `
    const socket = require("node:dgram").createSocket("udp4");
    setInterval(() => {
      for (let i = 0; i < 5; i += 1) socket.send("x", 5000, ${JSON.stringify(address)});
    }, 1);
  `;
  const sender = await from.spawn(["node", "-e", program]);
  return {
    stop: async () => {
      sender.kill("SIGKILL");
      await sender.exited;
    },
  };
}
