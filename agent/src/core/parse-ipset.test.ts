import { expect, test } from "vitest";
import { parseIpsetSave } from "./parse-ipset.ts";
import { setDigest } from "./set-digest.ts";

const sizes = "hashsize 1024 maxelem 65536 bucketsize 12 initval 0x17cad6f0";
const v4 = "sw4-0123456789abcdef-a";
const v6 = "sw6-0123456789abcdef-b";

test("what ipset 7.17 prints of a set is what we put in, in any order and writing", () => {
  const saved = [
    `create ${v4} hash:net family inet ${sizes}`,
    `add ${v4} 198.51.100.0/24`,
    `add ${v4} 1.2.3.4`,
    `create ${v6} hash:net family inet6 ${sizes}`,
    ...[
      "::ffff:1.2.3.4",
      "::1:2:3",
      "::ffff:0.0.0.0/96",
      "::1",
      "::1.2.3.4",
      "::/96",
      "8000::/1",
    ].map((member) => `add ${v6} ${member}`),
    "",
  ].join("\n");
  const set4 = { plain: true, digest: setDigest(["1.2.3.4/32", "198.51.100.0/24"]) };
  const set6 = {
    plain: true,
    digest: setDigest([
      ...["::/96", "::1/128", "::102:304/128", "::1:2:3/128", "::ffff:0:0/96"],
      ...["::ffff:102:304/128", "8000::/1"],
    ]),
  };
  expect(parseIpsetSave(saved)).toEqual(
    new Map([
      [v4, set4],
      [v6, set6],
    ]),
  );
});

test.each([
  ["a timeout", `${v4} hash:net family inet ${sizes.replace(" bucket", " timeout 9 bucket")}`],
  ["another type", `${v4} hash:ip family inet ${sizes}`],
  ["another family", `${v6} hash:net family inet ${sizes}`],
])("%s makes a set not plain", (_, header) => {
  expect([...parseIpsetSave(`create ${header}\n`).values()]).toEqual([
    { plain: false, digest: setDigest([]) },
  ]);
});

test.each(["sw4-office", "sw4-0123456789abcdef-c", "sw5-0123456789abcdef-a", "office"])(
  "%s is somebody else's",
  (name) => {
    const saved = `create ${name} hash:net family inet ${sizes}\nadd ${name} 1.2.3.4\n`;
    expect(parseIpsetSave(saved).size).toBe(0);
  },
);

test("an entry that excepts is not one that includes", () => {
  const saved = `create ${v4} hash:net family inet ${sizes}\nadd ${v4} 10.0.0.0/8 nomatch\n`;
  expect(parseIpsetSave(saved).get(v4)?.digest).not.toBe(setDigest(["10.0.0.0/8"]));
});
