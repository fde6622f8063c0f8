import { parseTrace, type TraceDocument, type TraceReport, traceReport } from "@seawall/policy";
import type { DocumentResponse, TraceRequest__Output } from "@seawall/proto";
import type { Fleet } from "../fleet.ts";
import type { ObserveHost } from "./ask-hosts.ts";
import { currentHosts } from "./current-hosts.ts";
import { RequestRefused } from "./request-refused.ts";

/** What becomes of a connection on the hosts as they say now that they are. */
export async function trace(
  request: TraceRequest__Output,
  fleet: Fleet,
  observe: ObserveHost,
): Promise<DocumentResponse> {
  const { source, destination, host } = request;
  const protocol = protocolOf(request.protocol);
  const parsed = parseTrace(source, destination, protocol);
  if (!parsed.ok) throw new RequestRefused("InvalidRequest", parsed.message);
  const { hosts, unknown, tree, directory } = await currentHosts(
    { selector: "", host },
    fleet,
    observe,
  );
  const traced = hosts.map(({ document, ...rest }) => ({
    ...rest,
    counters: document.status.counters,
  }));
  const report = traceReport(parsed.question, traced, tree, directory);
  return {
    document: JSON.stringify({
      ...{ apiVersion: "seawall/v1", kind: "Trace", source, destination, protocol },
      ...report,
      // What is not known of a host may be another answer.
      allowed: report.allowed && unknown.length === 0,
      elsewhere: [
        ...report.elsewhere,
        ...unknown.map(({ name, reason }) => ({ hosts: [name], reason })),
      ],
    } satisfies Published),
  };
}

/** The document before it is JSON. */
type Published = Pick<
  TraceDocument,
  "apiVersion" | "kind" | "source" | "destination" | "protocol"
> &
  TraceReport;

function protocolOf(text: string): "TCP" | "UDP" | "ICMP" {
  const protocol = (["TCP", "UDP", "ICMP"] as const).find((known) => known === text);
  if (protocol === undefined) {
    throw new RequestRefused("InvalidRequest", `there is no protocol "${text}": TCP, UDP or ICMP`);
  }
  return protocol;
}
