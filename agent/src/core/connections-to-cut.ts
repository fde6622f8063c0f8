import type { PreviewReport } from "@seawall/proto";
import type { Connection } from "./connection.ts";
import { connectionMessage } from "./connection-message.ts";
import type { ConnectionJudge } from "./judge-connection.ts";
import { createMarkPlanner, type MarkPlanner } from "./plan-marks.ts";

/** Of all live connections those that policies would cut: what a mark planner counts, and the first of them. */
export interface ConnectionsToCut extends Pick<MarkPlanner, "add" | "addUnreadable"> {
  report(): Pick<PreviewReport, "cut" | "connections" | "notJudged">;
}

const MOST_NAMED = 20;

export function createConnectionsToCut(judge: ConnectionJudge): ConnectionsToCut {
  const planner = createMarkPlanner(judge);
  const named: Connection[] = [];
  return {
    add: (connection) => {
      planner.add(connection);
      if (named.length < MOST_NAMED && isToCut(connection, judge)) named.push(connection);
    },
    addUnreadable: (line) => {
      planner.addUnreadable(line);
    },
    report: () => {
      const { cut, notJudged } = planner.plan();
      return {
        cut: cut.connections,
        connections: named.map(connectionMessage),
        notJudged: notJudged.connections,
      };
    },
  };
}

function isToCut(connection: Connection, judge: ConnectionJudge): boolean {
  const { isExpected, isCut, isOver } = connection;
  return !isExpected && !isCut && !isOver && judge.verdict(connection) === "denied";
}
