import type { PolicyChange } from "./policy-change.ts";

/** What is flushed or deleted, in both families. */
export const flushes = [
  "DOCKER-USER",
  "the jump to DOCKER-USER",
  "our chain in filter",
  "the guard",
  "INPUT",
  "our sets",
  "the filter tables",
  "every table",
] as const;
export type Flush = (typeof flushes)[number];

/** `passing` is created and removed only; the others have a container. */
export const networks = ["shop", "side", "passing"] as const;

/** What goes wrong, and where. Whatever it breaks is put right again before it is over. */
export type Harm =
  | { readonly kind: "kill agent"; readonly host: string }
  | { readonly kind: "kill controller" }
  | { readonly kind: "kill nats-server" }
  | { readonly kind: "kill dockerd"; readonly host: string; readonly signal: "SIGKILL" | "SIGTERM" }
  /** Between this host and the controller. */
  | { readonly kind: "cut the network"; readonly host: string }
  /** The one that Seawall keeps its state on, of a host or of the controller. */
  | { readonly kind: "fill the disk"; readonly node: string }
  | { readonly kind: "flush"; readonly host: string; readonly what: Flush }
  | {
      readonly kind: "re-create a network";
      readonly host: string;
      readonly network: (typeof networks)[number];
    }
  | { readonly kind: "stop a process"; readonly process: StoppedProcess }
  | { readonly kind: "change a policy"; readonly change: PolicyChange };

/** It stands still and does not know; all that it holds stays open. */
export type StoppedProcess =
  | { readonly program: "agent" | "dockerd"; readonly host: string }
  | { readonly program: "controller" | "nats-server" };

export type FaultKind = Harm["kind"];

export type Fault = Harm & {
  /** 1, 2, …, in the order in which they begin. */
  readonly number: number;
  /** Since the one before began. */
  readonly afterMs: number;
  /** How long it stays broken, where that is for us to say. */
  readonly lastsMs: number;
};

/**
 * What a fault needs for itself. Two faults that share a part come one after the other, in the order of their numbers;
 * all others may happen at the same time.
 */
export function partsOf(fault: Harm): readonly string[] {
  switch (fault.kind) {
    case "kill agent":
      return [`agent of ${fault.host}`];
    case "kill controller":
      return ["controller"];
    case "kill nats-server":
      return ["nats-server"];
    case "kill dockerd":
    case "re-create a network":
      return [`Docker of ${fault.host}`];
    case "cut the network":
      return [`network of ${fault.host}`];
    case "fill the disk":
      return [`disk of ${fault.node}`];
    case "flush":
      // Docker is to put back what is its own.
      return takesDockersRules(fault.what)
        ? [`rules of ${fault.host}`, `Docker of ${fault.host}`]
        : [`rules of ${fault.host}`];
    case "stop a process":
      return [partOf(fault.process)];
    case "change a policy":
      return ["policies"];
  }
}

function partOf(process: StoppedProcess): string {
  if (process.program === "dockerd") return `Docker of ${process.host}`;
  return process.program === "agent" ? `agent of ${process.host}` : process.program;
}

/** The agent leaves them to Docker, which puts them back when it starts. */
export function takesDockersRules(what: Flush): boolean {
  return what === "the filter tables" || what === "every table";
}

/** In a few words: `flush DOCKER-USER on alpha`. */
export function describeFault(fault: Harm): string {
  switch (fault.kind) {
    case "kill agent":
      return `kill the agent of ${fault.host}`;
    case "kill dockerd":
      return `${fault.signal} to dockerd of ${fault.host}`;
    case "cut the network":
      return `cut ${fault.host} off the controller`;
    case "fill the disk":
      return `fill the disk of ${fault.node}`;
    case "flush":
      return `flush ${fault.what} on ${fault.host}`;
    case "re-create a network":
      return `re-create network ${fault.network} of ${fault.host}`;
    case "stop a process":
      return `stop ${placeOf(fault.process)}`;
    case "change a policy":
      return `change ${fault.change.object}`;
    case "kill controller":
    case "kill nats-server":
      return fault.kind;
  }
}

function placeOf(process: StoppedProcess): string {
  return "host" in process ? `${process.program} of ${process.host}` : process.program;
}
