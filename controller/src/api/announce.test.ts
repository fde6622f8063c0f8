import { expect, test } from "vitest";
import { hostCompilerOf } from "../core/host-compiler.ts";
import { enrolledHost } from "../testing/memory-fleet.ts";
import { policyTree } from "../testing/policy-tree.ts";
import { announce } from "./announce.ts";

test("nothing is announced where the answer left some traffic out: nobody has been told all of it", async () => {
  const compile = hostCompilerOf(
    policyTree({ shop: "{ingress: {defaultAction: Deny}}" }),
    undefined,
  );
  const before = compile?.(enrolledHost("web-1", {}));
  if (before === undefined) throw new Error("it names no hosts");
  const told: string[] = [];
  const announced = await announce(
    [{ host: "web-1", before, preview: "p1" }],
    { may: "May", isAllTold: false },
    (host) => {
      told.push(host);
      return Promise.resolve(undefined);
    },
    new AbortController().signal,
  );
  expect(announced).toEqual({ hosts: 0, reason: "TooMuchToTell", unannounced: [] });
  expect(told).toEqual([]);
});
