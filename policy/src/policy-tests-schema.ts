import { z } from "zod";
import { parseAddress, parseCidr } from "./cidr.ts";
import { isOutsideDocker } from "./interface-name.ts";
import {
  type Immutable,
  interfaceName,
  objectName,
  refuseRepeatedNames,
} from "./manifest-parts.ts";
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

const outsideInterface = interfaceName.refine(isOutsideDocker, {
  error: "carries nothing that is forwarded outside Docker: name a network, or another interface",
});

const notBesideDocker = "stands beside network or container: write one or the other";

/** Whatever else it says. */
function isAtDocker(end: string | { readonly network?: string; readonly container?: string }) {
  return typeof end !== "string" && (end.network ?? end.container) !== undefined;
}

const networkName = dockerName.describe(
  "The name of a Docker network, without wildcards: its containers.",
);
const containerName = dockerName.describe(
  "The name of a container; beside network, its end there. Alone: on each of its networks.",
);

const endObject = z
  .strictObject({
    network: networkName.exactOptional(),
    container: containerName.exactOptional(),
    address: addressOrCidr.exactOptional(),
    interface: outsideInterface
      .exactOptional()
      .describe(
        "Beside address, where both ends are addresses: by which interface of the host it comes in. Absent: whichever it is.",
      ),
  })
  .superRefine((end, context) => {
    if (isAtDocker(end) && end.address !== undefined) {
      context.addIssue({ code: "custom", path: ["address"], message: notBesideDocker });
    } else if (!isAtDocker(end) && end.address === undefined) {
      context.addIssue({
        code: "custom",
        message: "is empty: give network or container, or address and interface",
      });
    }
  });

const from = z.union([addressOrCidr, endObject], {
  error:
    "must be an address, a CIDR, {network: NAME}, {container: NAME} or {address: CIDR, interface: NAME}",
});

const to = z.strictObject({
  network: networkName.exactOptional(),
  container: containerName.exactOptional(),
  address: addressOrCidr.exactOptional(),
  interface: outsideInterface
    .exactOptional()
    .describe(
      "Beside address, where both ends are addresses: by which interface of the host it goes out. Absent: whichever it is.",
    ),
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
    const { address, publishedPort } = test.to;
    const source = typeof test.from === "string" ? { address: test.from } : test.from;
    const named = [source, test.to].filter((end) => end.interface !== undefined);
    if (address !== undefined && isAtDocker(test.to)) {
      refuse(["to", "address"], notBesideDocker);
    } else if (address === undefined && !isAtDocker(test.to)) {
      refuse(["to"], "needs network, container or address: where it goes");
    } else if (named.length > 0 && [source, test.to].some(isAtDocker)) {
      refuse(
        [named.includes(source) ? "from" : "to", "interface"],
        "stands only where both ends are addresses: remove it",
      );
    } else if (source.address !== undefined && address !== undefined) {
      if (named.length === 0) {
        refuse(
          ["to"],
          "needs network or container, or an interface at either end: traffic between addresses is judged there",
        );
      } else if (isIPv6(source.address) !== isIPv6(address)) {
        refuse(["to", "address"], "is of another IP version than from: no packet has both");
      }
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

function isIPv6(addressOrBlock: string): boolean {
  return addressOrBlock.includes(":");
}

/** `tests` of a FleetPolicy. Each is a claim about every packet that it stands for. */
export const policyTests = z.array(policyTest).min(1).superRefine(refuseRepeatedNames);

export type PolicyTest = Immutable<z.infer<typeof policyTest>>;
