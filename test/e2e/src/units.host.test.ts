import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemdRoot } from "@seawall/lab";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repositoryPath } from "./repository-path.ts";

const run = promisify(execFile);

let root: string;
let scratch: string;

beforeAll(async () => {
  root = await systemdRoot();
  scratch = await mkdtemp(join(tmpdir(), "seawall-units-"));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

/** What a program of systemd says where our units are installed; throws unless its exit status is 0. */
function systemd(...argv: readonly string[]): Promise<string> {
  return systemdWith("", ...argv);
}

async function systemdWith(DROP_IN: string, ...argv: readonly string[]): Promise<string> {
  const script = join(repositoryPath, "test/e2e/scripts/with-units.sh");
  const isolated = ["--mount", "--pid", "--fork", "--propagation", "private", "sh", script];
  const UNITS = join(repositoryPath, "deploy/systemd");
  const { PATH } = process.env;
  const env = { PATH, ROOT: root, SCRATCH: scratch, UNITS, DROP_IN, SYSTEMD_OFFLINE: "1" };
  const { stdout, stderr } = await run("unshare", [...isolated, ...argv], { env });
  return `${stdout}${stderr}`;
}

describe.each(["seawall-controller", "seawall-agent", "seawall-restore"])("%s.service", (unit) => {
  it("is understood by systemd, every line of it", async () => {
    const path = `/etc/systemd/system/${unit}.service`;
    expect(await systemd("systemd-analyze", "verify", path)).toBe("");
  });

  it("is exposed no more than a service of its kind must be", async () => {
    const said = await systemd(
      ...["systemd-analyze", "security", "--offline=true", "--no-pager"],
      // In tenths. systemd calls 10 unsafe, and what says nothing of itself has 9.6.
      ...["--threshold=30", `${unit}.service`],
    );
    expect(said).toMatch(/Overall exposure level for \S+: [0-2]\.\d OK/);
  });
});

it("the rules stand before Docker, or Docker does not start", async () => {
  expect(await systemd("systemctl", "enable", "seawall-restore.service")).toContain(
    "/etc/systemd/system/docker.service.requires/seawall-restore.service",
  );
  const unit = await readFile(
    join(repositoryPath, "deploy/systemd/seawall-restore.service"),
    "utf8",
  );
  expect(unit).toMatch(/^Before=docker\.service /m);
  expect(unit).toMatch(
    /^After=nftables\.service netfilter-persistent\.service .*firewalld\.service$/m,
  );
});

it("a taken over agent reaches no secret that root owns, and nobody who would start a program for root", async () => {
  const unit = await readFile(join(repositoryPath, "deploy/systemd/seawall-agent.service"), "utf8");
  const hidden = unit
    .split("\n")
    .flatMap((line) => /^InaccessiblePaths=(.*)$/.exec(line)?.[1]?.split(" ") ?? []);
  expect(hidden).toEqual(
    expect.arrayContaining([
      ...["-/run/systemd/private", "-/run/systemd/io.systemd.Manager", "-/run/dbus"],
      ...["-/run/containerd", "-/run/docker/containerd"],
      ...["-/etc/shadow", "-/etc/shadow-"],
      ...["-/etc/ssh", "-/etc/ssl/private", "-/etc/pki/tls/private"],
      ...["-/var/lib/docker", "-/var/lib/containerd", "-/var/lib/seawall/controller"],
    ]),
  );
  // What libnss_resolve asks, and where /etc/resolv.conf leads.
  expect(hidden.filter((path) => "/run/systemd/resolve".startsWith(path.slice(1)))).toEqual([]);
  // Docker's socket.
  expect(hidden.filter((path) => "/run/docker.sock".startsWith(path.slice(1)))).toEqual([]);
  for (const line of ["ProtectSystem=strict", "ProtectHome=yes", "ProtectKernelTunables=yes"]) {
    expect(unit.split("\n")).toContain(line);
  }
});

it("tcpdump gets the rights to become its own user with the drop-in for flows, and only with it", async () => {
  const dropIn = "seawall-agent-flows.conf";
  const unit = "seawall-agent.service";
  const verify = ["systemd-analyze", "verify", `/etc/systemd/system/${unit}`];
  expect(await systemdWith(dropIn, ...verify)).toBe("");
  const security = ["systemd-analyze", "security", "--offline=true", "--no-pager", unit];
  const mayChangeUser = /✗ CapabilityBoundingSet=~CAP_SET\(UID\|GID\|PCAP\)/;
  expect(await systemd(...security)).not.toMatch(mayChangeUser);
  expect(await systemdWith(dropIn, ...security)).toMatch(mayChangeUser);
});
