import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchDockerEvents } from "./docker-events.ts";
import { dockerSocket } from "./docker-socket.ts";
import { systemClock } from "./system-clock.ts";

const line = (Type: string, Action: string, ID: string) =>
  `${JSON.stringify({ Type, Action, Actor: { ID, Attributes: { name: "x" } }, time: 1 })}\n`;

/** What is said of containers, in this order, until Docker has said `chunks`: `!` is a wake. */
async function heardOf(chunks: readonly string[]): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "seawall-events-"));
  const socketPath = join(folder, "docker.sock");
  const server = createServer((_request, response) => {
    response.end(chunks.join(""));
  });
  await new Promise<void>((resolve) => {
    server.listen(socketPath, resolve);
  });
  const stop = new AbortController();
  const heard: string[] = [];
  const onWake = () => {
    heard.push("!");
    // On connect, of what was said, and of the end.
    if (heard.filter((word) => word === "!").length === 3) stop.abort();
  };
  await watchDockerEvents(dockerSocket(socketPath), systemClock, stop.signal, onWake, (id) => {
    heard.push(id);
  });
  await new Promise((resolve) => {
    server.close(resolve);
  });
  await rm(folder, { recursive: true });
  return heard;
}

test.for<[string, readonly string[], readonly string[]]>([
  [
    "of containers that are created, ahead of the wake",
    [line("container", "create", "a"), line("container", "create", "b")],
    ["a", "b"],
  ],
  [
    "of no others",
    [
      line("container", "start", "a"),
      line("network", "create", "b"),
      line("container", "create", "c"),
    ],
    ["c"],
  ],
  ["of none of which half is said", [line("container", "create", "a").slice(0, 30)], []],
  ["of none where nothing is understood", ["[]\n", '{"Action": "create"}\n'], []],
])("told %s", async ([, chunks, created]) => {
  expect(await heardOf(chunks)).toEqual(["!", ...created, "!", "!"]);
});
