import { expect, test } from "vitest";
import { innerMounts, rootMounts } from "./node-mounts.ts";

const place = { layers: "/l/node:/l/root", disk: "/d", shown: ["/home/an admin/seawall"] };

test("the root of a node, with what is in memory only", () => {
  expect(rootMounts(place)).toBe(`\
lab /d/root overlay lowerdir=/l/node:/l/root,upperdir=/d/upper,workdir=/d/work,X-mount.mkdir
proc /d/root/proc proc nosuid,nodev,noexec,X-mount.mkdir
sysfs /d/root/sys sysfs nosuid,nodev,noexec,X-mount.mkdir
/sys/fs/cgroup /d/root/sys/fs/cgroup none rbind,X-mount.mkdir
dev /d/root/dev tmpfs mode=755,nosuid,X-mount.mkdir
`);
});

test("what is shown of the machine is not to be written to, whatever it is called", () => {
  expect(innerMounts(place).trimEnd().split("\n").at(-1)).toBe(
    String.raw`/home/an\040admin/seawall /d/root/home/an\040admin/seawall none bind,ro,X-mount.mkdir`,
  );
});
