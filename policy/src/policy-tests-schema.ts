import { z } from "zod";
import { parseAddress, parseCidr } from "./cidr.ts";
import { type Immutable, objectName, refuseRepeatedNames } from "./manifest-parts.ts";
import { portNumber, protocol } from "./policy-port.ts";

const addressOrCidr = z
  .string()
  .superRefine((text, context) => {
    const parsed = text.includes("/") ? parseCidr(text) : parseAddress(text);
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: parsed.message });
    }
  })
  .describe("An IPv4 or IPv6 address, or a block of them, every one of which must hold.");

const networkName = z
  .string()
  .min(1)
  .describe("The name of a Docker network, without wildcards: its containers.");

const from = z.union([addressOrCidr, z.strictObject({ network: networkName })], {
  error: "must be an address, a CIDR, or {network: NAME}",
});

const to = z.strictObject({
  network: networkName.exactOptional(),
  address: addressOrCidr.exactOptional(),
  protocol: protocol
    .exactOptional()
    .describe(
      "TCP, UDP or ICMP. Absent: TCP where a port is given, else every one must hold; ICMP is ICMPv6 too.",
    ),
  port: portNumber
    .exactOptional()
    .describe("The port in the container's terms. Absent: every port must hold."),
  publishedPort: portNumber
    .exactOptional()
    .describe(
      "The port as published on the host; it may stand beside port. Absent: direct connections and those through every published port must hold.",
    ),
});

const policyTest = z
  .strictObject({
    name: objectName.exactOptional().describe("For reports."),
    from,
    to,
    expect: z
      .enum(["Allow", "Deny", "Reject"])
      .describe("What all policies together must say, of every packet that the test stands for."),
  })
  .superRefine((test, context) => {
    const refuse = (path: string[], message: string) => {
      context.addIssue({ code: "custom", path, message });
    };
    if (typeof test.from === "string" && test.to.network === undefined) {
      refuse(["to"], "needs network: what comes from an address is judged at a Docker network");
    }
    if (typeof test.from === "string" && test.to.address !== undefined) {
      refuse(["to", "address"], "stands beside an address in from: traffic that no network has");
    }
    if (typeof test.from !== "string" && test.to.address === undefined) {
      refuse(["to"], "needs address: what leaves a network is judged by where it goes");
    }
    if (typeof test.from !== "string" && test.to.network !== undefined) {
      refuse(["to", "network"], "stands beside a network in from: write the address it goes to");
    }
    if (typeof test.from !== "string" && test.to.publishedPort !== undefined) {
      refuse(
        ["to", "publishedPort"],
        "is where traffic comes in: remove it, or test from an address",
      );
    }
    if (test.to.protocol === "ICMP") {
      for (const field of ["port", "publishedPort"] as const) {
        if (test.to[field] !== undefined) {
          refuse(["to", field], "ICMP has no ports: remove it, or choose TCP or UDP");
        }
      }
    }
  });

/** `tests` of a FleetPolicy. Each is a claim about every packet that it stands for. */
export const policyTests = z.array(policyTest).min(1).superRefine(refuseRepeatedNames);

export type PolicyTest = Immutable<z.infer<typeof policyTest>>;
