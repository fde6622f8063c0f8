import { type Address, formatAddress } from "@seawall/policy";
import type { Coverage } from "./announcement.ts";
import { MOST_CUTS_NAMED } from "./applied-cuts.ts";
import { type BlockIndex, createBlockIndex } from "./block-index.ts";
import { type Connection, type Ends, isRedirected } from "./connection.ts";
import { type ConnectionFilter, filterAround } from "./connection-filter.ts";
import type { ConnectionJudge, Others } from "./judge-connection.ts";
import { families } from "./ruleset.ts";

/** What has to change so that a live connection carries our bit exactly if it is denied now. */
export interface MarkPlan {
  readonly cut: PlannedMarks;
  readonly release: PlannedMarks;
  readonly notJudged: NotJudged;
  readonly unannounced: Unannounced;
}

/** Of those that are to be cut and are not over: what nobody was told of. */
export interface Unannounced {
  readonly connections: number;
  readonly first: readonly Connection[];
}

export interface PlannedMarks {
  /** All connections of a filter are to be so, those among them that need no change. */
  readonly filters: readonly ConnectionFilter[];
  /** How many have to change, of those that are not over. */
  readonly connections: number;
  /** And of those that are. */
  readonly over: number;
}

/** Answered connections that may be denied, and of which it cannot be told. They are left as they are. */
export interface NotJudged {
  readonly connections: number;
  /** One of them, in words; empty: there is none. */
  readonly example: string;
}

export const noneUntold: NotJudged = { connections: 0, example: "" };

export interface MarkPlanner {
  add(connection: Connection): void;
  /** A line that cannot be understood. */
  addUnreadable(line: string): void;
  plan(): MarkPlan;
}

/**
 * Takes connections one by one, and keeps only what has to be done: a host can have a million.
 * @param covers what was announced to be denied; everything, where nobody asks
 */
export function createMarkPlanner(
  judge: ConnectionJudge,
  covers: Coverage = () => true,
): MarkPlanner {
  const cut = createMarks(judge, "denied");
  const release = createMarks(judge, "allowed");
  let notJudged = noneUntold;
  let areAllAllowed = true;
  let unannounced: Unannounced = { connections: 0, first: [] };

  const toCut = (connection: Connection) => {
    cut.add(connection);
    if (connection.isOver || covers(connection)) return;
    const { connections, first } = unannounced;
    unannounced = {
      connections: connections + 1,
      first: first.length < MOST_CUTS_NAMED ? [...first, connection] : first,
    };
  };

  const leave = (example: () => string) => {
    const { connections } = notJudged;
    notJudged = {
      connections: connections + 1,
      example: connections === 0 ? example() : notJudged.example,
    };
  };

  return {
    add: (connection) => {
      switch (connection.isExpected ? "allowed" : judge.verdict(connection)) {
        case "denied":
          areAllAllowed = false;
          if (!connection.isCut) toCut(connection);
          return;
        case "allowed":
          if (connection.isCut) release.add(connection);
          return;
        case "unknown":
          areAllAllowed = false;
          if (connection.isAnswered && !connection.isOver) leave(() => inWords(connection));
      }
    },
    addUnreadable: (line) => {
      areAllAllowed = false;
      leave(() => line.slice(0, longestExample));
    },
    plan: () => ({
      cut: cut.planned(),
      release:
        areAllAllowed && release.planned().filters.length > 0
          ? { ...release.planned(), filters: families.map((family) => ({ family })) }
          : release.planned(),
      ...{ notJudged, unannounced },
    }),
  };
}

const longestExample = 200;

function createMarks(judge: ConnectionJudge, verdict: "denied" | "allowed") {
  const filters: ConnectionFilter[] = [];
  const covered = new Map<string, BlockIndex>();
  let connections = 0;
  let over = 0;
  return {
    add: (connection: Connection): void => {
      if (connection.isOver) over += 1;
      else connections += 1;
      const isCovered = waysToWiden.some(
        (way) => covered.get(likeness(connection, way))?.has(connection[way.end]) === true,
      );
      if (isCovered) return;
      const { filter, others } = filterAround(connection, verdict, judge);
      filters.push(filter);
      const key = likeness(connection, others);
      const blocks = covered.get(key) ?? createBlockIndex();
      blocks.add(others.block);
      covered.set(key, blocks);
    },
    planned: (): PlannedMarks => ({ filters, connections, over }),
  };
}

type WayToWiden = Pick<Others, "end" | "anyPort">;

const waysToWiden: readonly WayToWiden[] = (["source", "destination"] as const).flatMap((end) =>
  [false, true].map((anyPort) => ({ end, anyPort })),
);

/** All that a filter says which takes such others. */
function likeness(connection: Connection, { end, anyPort }: WayToWiden): string {
  const { protocol, source, destination, answerer, port = "", answeringPort = "" } = connection;
  const ports = anyPort ? ["any"] : [port, answeringPort];
  const who = end === "source" ? ["to", destination.value, answerer.value] : ["from", source.value];
  return [source.family, protocol, ...ports, ...who].join(" ");
}

/** `TCP 203.0.113.7 to 192.0.2.11 port 8080, redirected to 172.18.0.2 port 80`. */
function inWords(connection: Ends): string {
  const { protocol, source, destination, port, answerer, answeringPort } = connection;
  const to = whom(destination, port);
  const redirected = isRedirected(connection)
    ? `, redirected to ${whom(answerer, answeringPort)}`
    : "";
  return `${protocol} ${formatAddress(source)} to ${to}${redirected}`;
}

function whom(address: Address, port: number | undefined): string {
  return port === undefined
    ? formatAddress(address)
    : `${formatAddress(address)} port ${String(port)}`;
}
