import type { Family } from "@seawall/policy";
import { expect, test } from "vitest";
import { exampleState, examples } from "./catalogue.ts";
import { rendered } from "./rendered.ts";

/** The rules that the sample host gets. Their packets are sent in catalogue.host.test.ts. */
test.for(examples)("%s", async (example) => {
  const { target } = rendered(exampleState(example)).plan;
  const text = (family: Family) =>
    (["filter", "security"] as const).flatMap((table) => [
      `*${table}`,
      ...target[family].chains[table].flatMap(({ name, rules }) => [
        `:${name}`,
        ...rules.map((rule) => `-A ${name} ${rule.text}`),
      ]),
    ]);
  const golden = ["# IPv4", ...text("IPv4"), "# IPv6", ...text("IPv6"), ""].join("\n");
  await expect(golden).toMatchFileSnapshot(`golden/${example}.rules`);
});
