import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  clientConfigPath,
  loadCredentials,
  readClientConfig,
  withContext,
  writeClientConfig,
} from "./client-config.ts";
import { emptyHome } from "./testing/empty-home.ts";

const pem = (what: string) => `-----BEGIN ${what}-----\nMIIB\n-----END ${what}-----\n`;
const context = {
  name: "prod",
  controller: "ctl.example.com:7443",
  ca: pem("CERTIFICATE"),
  certificate: pem("CERTIFICATE"),
  key: pem("PRIVATE KEY"),
};

test("written for its owner alone, as a whole, and read back", async () => {
  const home = emptyHome();
  const path = clientConfigPath({}, home);
  await writeClientConfig(path, withContext(undefined, context));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(path, ".."))).toEqual(["config.yaml"]);
  expect(await readClientConfig(path)).toEqual({ currentContext: "prod", contexts: [context] });
});

test("a context replaces the one of its name, and becomes current", () => {
  const other = { ...context, name: "lab" };
  const config = withContext(withContext(undefined, context), other);
  expect(withContext(config, { ...context, controller: "new:7443" })).toEqual({
    currentContext: "prod",
    contexts: [other, { ...context, controller: "new:7443" }],
  });
});

test("SEAWALL_CONFIG names another file", () => {
  expect(clientConfigPath({ SEAWALL_CONFIG: "/x.yaml" }, "/home/me")).toBe("/x.yaml");
});

test("no file is no error", async () => {
  expect(await readClientConfig(join(emptyHome(), "nowhere.yaml"))).toBeUndefined();
});

describe("refused", () => {
  const file = (text: string, mode = 0o600) => {
    const path = join(emptyHome(), "config.yaml");
    writeFileSync(path, text, { mode });
    return path;
  };

  test.each([0o640, 0o604, 0o660])("mode %o: others may read a private key", async (mode) => {
    const path = file("contexts: []\n");
    chmodSync(path, mode);
    await expect(readClientConfig(path)).rejects.toThrow(`Run: chmod 600 ${path}`);
  });

  test.each([
    ["contexts: [", "Flow sequence"],
    ["contexts: []\nusers: []\n", 'Unrecognized key: "users"'],
    ["contexts: [{name: a, controller: ctl, ca: x, certificate: x, key: x}]\n", "host:port"],
  ])("%j", async (text, words) => {
    await expect(readClientConfig(file(text))).rejects.toThrow(words);
  });
});

describe("paths in the place of PEM", () => {
  test("are read from the configuration's directory", async () => {
    const home = emptyHome();
    mkdirSync(join(home, "keys"));
    writeFileSync(join(home, "keys/admin.key"), context.key, { mode: 0o600 });
    writeFileSync(join(home, "ca.pem"), context.ca);
    const named = { ...context, ca: "ca.pem", key: "keys/admin.key" };
    expect(await loadCredentials(join(home, "config.yaml"), named)).toEqual({
      ca: context.ca,
      certificate: context.certificate,
      key: context.key,
    });
  });

  test("a key that others may read is refused", async () => {
    const home = emptyHome();
    writeFileSync(join(home, "admin.key"), context.key);
    chmodSync(join(home, "admin.key"), 0o644);
    const named = { ...context, key: "admin.key" };
    await expect(loadCredentials(join(home, "config.yaml"), named)).rejects.toThrow("chmod 600");
  });

  test("a file that is not there is named", async () => {
    const named = { ...context, key: "admin.key" };
    await expect(loadCredentials("/nowhere/config.yaml", named)).rejects.toThrow(
      'context "prod": /nowhere/admin.key is not there',
    );
  });
});
