import { expect, test } from "vitest";
import { describeServices } from "./describe-services.ts";
import type { Service } from "./traffic-services.ts";

const range = (text: string) => {
  const [first = 0, last = first] = text.split("-").map(Number);
  return { first, last };
};

/** `TCP 80`, `TCP 80 by 8080`, `ICMP`. */
const service = (text: string): Service => {
  const [protocol, ports, , published] = text.split(" ");
  if (protocol !== "TCP" && protocol !== "UDP" && protocol !== "ICMP") throw new Error(text);
  return {
    protocol,
    ...(ports !== undefined && ports !== "" && { ports: range(ports) }),
    ...(published !== undefined && { published: range(published) }),
  };
};
const all = "0-65535";

test.for([
  [["TCP 443"], "TCP 443"],
  [["TCP 8000-8050", "TCP 8051-8100", "UDP 53"], "TCP 8000-8100; UDP 53"],
  [[`TCP ${all}`, "ICMP"], "TCP (but not as published at 8080); ICMP"],
  [[`TCP ${all}`, `UDP ${all}`, "ICMP"], "every port (but not as published at TCP 8080)"],
  [["TCP 0-79"], "TCP 1-79"],
  [["TCP 80", `TCP 80 by ${all}`], "TCP 80"],
  [["TCP 80", "TCP 80 by 0-8079", "TCP 80 by 8081-65535"], "TCP 80 (but not as published at 8080)"],
  [["TCP 80 by 8080"], "TCP 80 published as 8080"],
  [[`TCP ${all} by 9000-9010`], "TCP published as 9000-9010"],
  [[`TCP ${all} by ${all}`], "TCP 80 published as 8080"],
  [["UDP 53 by 0-65535"], ""],
  [[`ICMP  by ${all}`], ""],
  [[], ""],
] as const)("%j: %s", ([services, text]) => {
  const web = { hostAddress: "0.0.0.0", hostPort: 8080, containerPort: 80 };
  const said = describeServices(services.map(service), [{ protocol: "TCP", ...web }]);
  expect(said).toBe(text);
});
