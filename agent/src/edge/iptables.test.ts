import { expect, test } from "vitest";
import type { Exec } from "./exec.ts";
import { createIptables } from "./iptables.ts";

test.each([
  ["the name of a variant is run by what stands by", "iptables-nft", ["iptables-nft-restore"]],
  ["a name that may become the other variant's is started each time", "iptables", []],
])("an iptables-restore by %s", async (_, installed, standingBy) => {
  const stoodBy: string[] = [];
  const exec: Exec = ([program = ""]) =>
    Promise.resolve(
      program.startsWith("iptables-nft") && installed === "iptables"
        ? { kind: "notStarted", code: "ENOENT" }
        : { kind: "exited", code: 0, stdout: "iptables v1.8.9 (nf_tables)\n", stderr: "" },
    );
  const restore: Exec = (argv, options) => {
    stoodBy.push(argv[0] ?? "");
    return exec(argv, options);
  };
  const { apply } = createIptables({ exec, restore });
  expect(await apply({ family: "IPv4", variant: "nft", text: "*filter\nCOMMIT\n" })).toEqual({
    kind: "done",
  });
  expect(stoodBy).toEqual(standingBy);
});
