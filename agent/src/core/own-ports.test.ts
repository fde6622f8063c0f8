import type { DockerContainer, HostPort } from "@seawall/policy";
import { expect, test } from "vitest";
import { followPorts, type OwnPorts } from "./own-ports.ts";

/** What one look finds, and after how many seconds; `TCP/80`, at every address if nothing is said. */
interface Looked {
  readonly at: number;
  readonly listening?: readonly string[];
  readonly published?: readonly string[];
  /** The host's own then, and in brackets those that are not yet. */
  readonly own: string;
}

function portOf(text: string) {
  const [, protocol, port, address = "0.0.0.0"] = /^(\w+)\/(\d+)(?: at (\S+))?$/.exec(text) ?? [];
  if (protocol !== "TCP" && protocol !== "UDP") throw new Error(text);
  return { protocol, port: Number(port), address } as const;
}

function container(published: readonly string[]): DockerContainer {
  return {
    ...{ id: "c", name: "c", labels: {}, hostNetwork: false, attachments: [] },
    published: published.map(portOf).map(({ protocol, port, address }) => {
      return { protocol, hostAddress: address, hostPort: port, containerPort: 1 };
    }),
  };
}

function told(ports: OwnPorts): string {
  return ports
    .map(({ protocol, port, isOwn }) => {
      const text = `${protocol}/${String(port)}`;
      return isOwn ? text : `[${text}]`;
    })
    .join(" ");
}

function follow(looks: readonly Looked[], remembered: readonly HostPort[] = []): string[] {
  let known: OwnPorts | undefined;
  return looks.map(({ at, listening = [], published = [] }) => {
    const now = { boot: "b", ms: at * 1_000 };
    const containers = [container(published)];
    known = followPorts(known, { listening: listening.map(portOf), containers, now }, remembered);
    return told(known);
  });
}

test.for<{ name: string; remembered?: readonly HostPort[]; looks: readonly Looked[] }>([
  {
    name: "who listens at first was there before, and is let alone",
    looks: [{ at: 0, listening: ["TCP/22", "UDP/53 at 192.0.2.1"], own: "TCP/22 UDP/53" }],
  },
  {
    name: "who begins later waits for ten seconds",
    looks: [
      { at: 0, own: "" },
      { at: 5, listening: ["TCP/80"], own: "[TCP/80]" },
      { at: 10, listening: ["TCP/80"], own: "[TCP/80]" },
      { at: 15, listening: ["TCP/80"], own: "TCP/80" },
    ],
  },
  {
    name: "and waits anew where it stopped meanwhile",
    looks: [
      { at: 0, own: "" },
      { at: 5, listening: ["TCP/80"], own: "[TCP/80]" },
      { at: 10, own: "" },
      { at: 15, listening: ["TCP/80"], own: "[TCP/80]" },
    ],
  },
  {
    name: "a port stays its program's while that is restarted, and is forgotten ten minutes after it",
    looks: [
      { at: 0, listening: ["TCP/80"], own: "TCP/80" },
      { at: 5, own: "TCP/80" },
      { at: 604, listening: ["TCP/80"], own: "TCP/80" },
      { at: 1_203, own: "TCP/80" },
      { at: 1_204, own: "" },
    ],
  },
  {
    name: "docker-proxy of a known container is none of the host",
    looks: [
      { at: 0, listening: ["TCP/80"], published: ["TCP/80"], own: "" },
      { at: 20, listening: ["TCP/80"], published: ["TCP/80"], own: "" },
    ],
  },
  {
    name: "that of a container which is not known yet is taken for a program that begins",
    looks: [
      { at: 0, own: "" },
      { at: 1, listening: ["TCP/80"], own: "[TCP/80]" },
      { at: 2, listening: ["TCP/80"], published: ["TCP/80"], own: "" },
    ],
  },
  {
    name: "and so is that of one which is just gone, however long it was there",
    looks: [
      { at: 0, listening: ["TCP/80"], published: ["TCP/80"], own: "" },
      { at: 900, listening: ["TCP/80"], own: "[TCP/80]" },
      { at: 901, own: "" },
    ],
  },
  {
    name: "a container that publishes the host's port takes it over",
    looks: [
      { at: 0, listening: ["TCP/80"], own: "TCP/80" },
      { at: 5, listening: ["TCP/80"], published: ["TCP/80"], own: "" },
      { at: 10, own: "" },
    ],
  },
  {
    name: "one socket may listen for both IP versions",
    looks: [{ at: 0, listening: ["TCP/80 at ::"], published: ["TCP/80"], own: "" }],
  },
  {
    name: "both may have it, each at an address of its own",
    looks: [
      {
        at: 0,
        listening: ["TCP/80 at 192.0.2.1", "TCP/80 at 192.0.2.2"],
        published: ["TCP/80 at 192.0.2.2"],
        own: "TCP/80",
      },
    ],
  },
  {
    name: "what was the host's before this boot is so until it is forgotten",
    remembered: [
      { protocol: "TCP", port: 80 },
      { protocol: "TCP", port: 81 },
    ],
    looks: [
      { at: 0, published: ["TCP/81"], own: "TCP/80" },
      { at: 599, own: "TCP/80" },
      { at: 600, own: "" },
    ],
  },
])("$name", ({ remembered, looks }) => {
  expect(follow(looks, remembered)).toEqual(looks.map(({ own }) => own));
});
