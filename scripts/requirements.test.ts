import { describe, expect, test } from "vitest";
import { isInstalled, whyNoRealHosts, whyOldNode } from "./requirements.mjs";

test.each([
  ["18.20.8", false],
  ["20.9.0", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["22.0.0", true],
  ["24.21.0", true],
])("Node %s is new enough: %s", (version, enough) => {
  const reason = whyOldNode(version);
  if (enough) expect(reason).toBeUndefined();
  else expect(reason).toContain(`20.19 or newer, this is ${version}`);
});

const debian12 = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';
const bullseye = debian12.replace("12", "11");
const sid = 'NAME="Debian GNU/Linux"\nID=debian\n';
const ubuntu = 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n';
const mirror = "http://127.0.0.1/debian";

test.each([
  { what: "Debian 12, root", osRelease: debian12, why: undefined },
  { what: "Debian unstable, root", osRelease: sid, why: undefined },
  { what: "Debian 12, a user", osRelease: debian12, uid: 1000, why: /need root/ },
  { what: "Debian 11", osRelease: bullseye, why: /need Debian 12/ },
  { what: "Ubuntu", osRelease: ubuntu, why: /need Debian 12/ },
  { what: "Ubuntu with a mirror of Debian", osRelease: ubuntu, mirror, why: undefined },
  { what: "no Linux", platform: "darwin", osRelease: "", mirror, why: /need Debian 12/ },
])("real hosts on $what", ({ platform, osRelease, uid, mirror, why }) => {
  const reason = whyNoRealHosts({
    platform: platform ?? "linux",
    osRelease,
    uid: uid ?? 0,
    mirror,
  });
  if (why === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(why);
});

describe("npm ci is needed", () => {
  const lock = {
    "": { version: "0.1.0" },
    policy: { version: "0.1.0" },
    "node_modules/zod": { version: "4.6.7", integrity: "sha512-a" },
    "node_modules/native-darwin": { version: "1.0.0", optional: true },
  };
  const zod = lock["node_modules/zod"];
  test.each([
    ["after a clone", undefined, true],
    ["not after npm ci, which leaves out other platforms", { "node_modules/zod": zod }, false],
    ["when a package is missing", {}, true],
    [
      "when the lock file has another version",
      { "node_modules/zod": { ...zod, version: "4.6.6" } },
      true,
    ],
    [
      "when the lock file has another content",
      { "node_modules/zod": { ...zod, integrity: "sha512-b" } },
      true,
    ],
  ])("%s", (_, installed, needed) => {
    const text = installed === undefined ? undefined : JSON.stringify({ packages: installed });
    expect(isInstalled(JSON.stringify({ packages: lock }), text)).toBe(!needed);
  });
});
