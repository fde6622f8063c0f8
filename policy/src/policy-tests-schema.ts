import { z } from "zod";
import { parseAddress, parseCidr } from "./cidr.ts";
import { type Immutable, objectName, refuseRepeatedNames } from "./manifest-parts.ts";
import { portNumber, protocol } from "./policy-port.ts";

const dockerName = z.string().min(1);

const addressOrCidr = z
  .string()
  .superRefine((text, context) => {
    const parsed = text.includes("/") ? parseCidr(text) : parseAddress(text);
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: parsed.message });
    }
  })
  .describe("An IPv4 or IPv6 address, or a block of them, every one of which must hold.");

const networkName = dockerName.describe(
  "The name of a Docker network, without wildcards: its containers.",
);
const containerName = dockerName.describe(
  "The name of a container; beside network, its end there. Alone: on each of its networks.",
);

const dockerEnd = z
  .strictObject({ network: networkName.exactOptional(), container: containerName.exactOptional() })
  .refine((end) => Object.keys(end).length > 0, { error: "is empty: give network or container" });

const from = z.union([addressOrCidr, dockerEnd], {
  error: "must be an address, a CIDR, {network: NAME} or {container: NAME}",
});

const to = z.strictObject({
  network: networkName.exactOptional(),
  container: containerName.exactOptional(),
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
      "The port as published on the host; it may stand beside port. Absent: direct connections must hold and, from an address, those through every published port.",
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
    const { address, network, container, publishedPort } = test.to;
    const isAtDocker = (network ?? container) !== undefined;
    if (address !== undefined && isAtDocker) {
      refuse(["to", "address"], "stands beside network or container: write one or the other");
    } else if (typeof test.from === "string" && !isAtDocker) {
      refuse(["to"], "needs network or container: traffic from an address is judged there");
    } else if (address === undefined && !isAtDocker) {
      refuse(["to"], "needs network, container or address: where it goes");
    }
    if (address !== undefined && publishedPort !== undefined) {
      refuse(
        ["to", "publishedPort"],
        "belongs to a container of the host: remove it, or write network or container",
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
