import { describe, expect, it } from "vitest";
import { checkServerVersion } from "./server-version.ts";

describe("checkServerVersion", () => {
  it.each(["2.10.0", "v2.10.27", "2.11.0-RC.1", "2.15.1", "3.0.0"])("takes %s", (version) => {
    expect(checkServerVersion(version, "nats:4222").ok).toBe(true);
  });

  it.each(["2.9.10", "v2.9.25", "1.4.1"])("refuses %s by name", (version) => {
    expect(checkServerVersion(version, "nats:4222")).toHaveProperty(
      "message",
      expect.stringContaining(`nats:4222 is nats-server ${version}; Seawall needs 2.10.0`),
    );
  });

  it.each(["", "unknown", "2.10", "2"])("refuses %j, which is no version", (version) => {
    expect(checkServerVersion(version, "nats:4222").ok).toBe(false);
  });
});
