import { z } from "zod";

export const portNumber = z.int().min(1).max(65535);
export const protocol = z
  .enum(["TCP", "UDP", "ICMP"])
  .describe("TCP (default), UDP or ICMP, which is ICMPv6 too.");

const portFields = {
  protocol: protocol.exactOptional(),
  port: portNumber
    .exactOptional()
    .describe("The port in the container's terms. Absent: every port of the protocol."),
  endPort: portNumber
    .exactOptional()
    .describe("The last port of a range that begins at port or publishedPort."),
};

/** One entry of `ports`. */
export interface PolicyPort {
  readonly protocol?: "TCP" | "UDP" | "ICMP";
  readonly port?: number;
  readonly endPort?: number;
  readonly publishedPort?: number;
}

/** Whether the numbers of an entry fit each other and its protocol. */
function checkPortNumbers(entry: PolicyPort, context: z.RefinementCtx): void {
  const refuse = (path: string[], message: string) => {
    context.addIssue({ code: "custom", path, message });
  };
  const { port, endPort, publishedPort } = entry;
  const first = port ?? publishedPort;
  if (entry.protocol === "ICMP") {
    for (const [field, value] of Object.entries({ port, endPort, publishedPort })) {
      if (value !== undefined) {
        refuse([field], "ICMP has no ports: remove it, or choose TCP or UDP");
      }
    }
    return;
  }
  if (port !== undefined && publishedPort !== undefined) {
    refuse(
      ["publishedPort"],
      "stands beside port: a port is the container's or the published one; write two entries to match both",
    );
  }
  if (endPort !== undefined && first === undefined) {
    refuse(["endPort"], "needs port or publishedPort, where the range begins");
  }
  if (endPort !== undefined && first !== undefined && endPort < first) {
    refuse(["endPort"], `${String(endPort)} is below ${String(first)}, where the range begins`);
  }
}

function checkEntry(entry: PolicyPort, context: z.RefinementCtx): void {
  if (Object.keys(entry).length === 0) {
    context.addIssue({
      code: "custom",
      message: "says nothing: give at least one of protocol, port and publishedPort",
    });
  }
  checkPortNumbers(entry, context);
}

/** An entry that means the same in every direction. */
export const port = z.strictObject(portFields).superRefine(checkEntry);
export const ingressPort = z
  .strictObject({
    ...portFields,
    publishedPort: portNumber
      .exactOptional()
      .describe("The port as published on the host, before DNAT."),
  })
  .superRefine(checkEntry);
