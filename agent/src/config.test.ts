import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { AgentConfigError, loadAgentConfig } from "./config.ts";

function load(text: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "seawall-config-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const configFile = join(folder, "agent.yaml");
  writeFileSync(configFile, text);
  return loadAgentConfig({ flags: {}, environment, configFile });
}

test("the environment goes before the file, and that before the defaults", () => {
  expect(load("dockerSocket: /run/a.sock", { SEAWALL_CONFIRM_TIMEOUT: "2m" })).toEqual({
    stateDirectory: "/var/lib/seawall/agent",
    dockerSocket: "/run/a.sock",
    confirmTimeoutMs: 120_000,
  });
  const both = load("dockerSocket: /run/a.sock", { SEAWALL_DOCKER_SOCKET: "/run/b.sock" });
  expect(both.dockerSocket).toBe("/run/b.sock");
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  ["", { SEAWALL_DOCKER_SOCKET: "" }, 'dockerSocket: "" is no absolute path'],
  ["dockerSocket: docker.sock", {}, 'dockerSocket: "docker.sock" is no absolute path'],
  ["confirmTimeout: 10ms", {}, 'confirmTimeout: "10ms" is not a time from 1s to 1h'],
])("%s %j: %s", (text, environment, message) => {
  const loading = (): unknown => load(text, environment);
  expect(loading).toThrow(AgentConfigError);
  expect(loading).toThrow(message);
});
