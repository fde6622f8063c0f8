import type { ChangePreviewDocument } from "@seawall/policy";
import { someNames } from "../change-text.ts";
import type { Tone } from "../terminal.ts";
import type { View } from "./column.ts";

type Preview = ChangePreviewDocument;
type Traffic = Preview["traffic"][number];

/** Changes of traffic that are shown; many more are in the answer, and announced. */
const MOST_TRAFFIC = 40;
const MOST_HOSTS = 20;
const MOST_CONNECTIONS = 5;

/** What a change does to hosts, to traffic and to live connections, and of whom that is not known. */
export function changePreviewText(preview: Preview, view: View): string {
  return [
    affected(preview),
    ...trafficLines(preview, view),
    ...connectionLines(preview, view),
    ...unaskedLines(preview),
    ...uncomparedLines(preview),
    ...behindLines(preview),
    ...announcedLines(preview),
  ].join("\n");
}

function affected({ hosts }: Preview): string {
  const names = [...new Set(hosts.flatMap(({ networks }) => networks))].toSorted();
  const on =
    names.length === 0
      ? ""
      : `, ${names.length === 1 ? "network" : "networks"} ${someNames(names)}`;
  return hosts.length === 0
    ? "No host is affected."
    : `Affected: ${hosts.length === 1 ? "1 host" : `${String(hosts.length)} hosts`}${on}`;
}

const kinds = [
  {
    is: ({ before }: Traffic) => before === "Allow",
    title: "Traffic that is denied from then on:",
    sign: "-",
    tone: "bad",
  },
  {
    is: ({ after }: Traffic) => after === "Allow",
    title: "Traffic that is allowed from then on:",
    sign: "+",
    tone: "good",
  },
  {
    is: ({ before, after }: Traffic) => before !== "Allow" && after !== "Allow",
    title: "Traffic that is denied in another way:",
    sign: "~",
    tone: "warn",
  },
] as const satisfies readonly { readonly tone: Tone; readonly [key: string]: unknown }[];

function trafficLines(
  { hosts, traffic, trafficLeftOut, unasked, uncompared, announced }: Preview,
  view: View,
) {
  if (hosts.length === 0) return [];
  const shown = traffic.slice(0, MOST_TRAFFIC);
  const more = traffic.length - shown.length + trafficLeftOut;
  const asWell = (announced?.hosts ?? 0) > 0 ? ", which are announced as well" : "";
  const isUnknown = uncompared.length > 0 || unasked.some((one) => one.traffic === "Nothing");
  if (traffic.length === 0) {
    return [
      isUnknown
        ? "Of the hosts that are known, none has other traffic from then on."
        : "As the hosts are now, no traffic is allowed or denied that was not before.",
    ];
  }
  return [
    ...kinds.flatMap(({ is, title, sign, tone }) => {
      const those = shown.filter(is);
      return those.length === 0
        ? []
        : [title, ...those.flatMap((one) => changeLines(one, hosts.length, sign, tone, view))];
    }),
    ...(more === 0 ? [] : [`  and ${String(more)} more changes of traffic${asWell}`]),
  ];
}

function changeLines(
  { before, after, from, to, ports, families, hosts, hostCount }: Traffic,
  all: number,
  sign: string,
  tone: Tone,
  { utf8, paint }: View,
): readonly string[] {
  const arrow = utf8 ? "→" : "->";
  const how = before === "Allow" ? "" : after === "Allow" ? "" : `, ${before} ${arrow} ${after}`;
  const reject = after === "Reject" && before === "Allow" ? ", rejected" : "";
  const family = families.length === 1 ? `, ${families.join()} only` : "";
  const where = hostCount === all && all > 1 ? "every host affected" : someNames(hosts, hostCount);
  return [
    ...wrapped(`${sign}   ${someNames(from)} ${arrow} ${someNames(to)}`).map((line) =>
      paint(tone, line),
    ),
    ...wrapped(`      ${ports}${family}${how}${reject}; on ${where}`),
  ];
}

const WIDTH = 80;
const HANGING = " ".repeat(8);

/** In lines of 80 columns, those behind the first indented; a word that is longer than that stays whole. */
function wrapped(text: string): readonly string[] {
  const [indent = ""] = /^[-+~!]? */.exec(text) ?? [];
  const lines: string[] = [];
  let line = indent;
  for (const word of text.slice(indent.length).split(" ")) {
    const isFirst = line === indent || line === HANGING;
    if (!isFirst && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = HANGING + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line];
}

function connectionLines({ hosts, connections, unasked }: Preview, view: View): readonly string[] {
  const asked = hosts.length - unasked.length;
  if (asked === 0) return [];
  const cutting = connections.filter(({ cut }) => cut > 0);
  const untold = connections.filter(({ notJudged }) => notJudged > 0);
  return [
    ...(cutting.length === 0
      ? ["No live connection would be cut on the hosts that were asked."]
      : ["Live connections that would be cut:"]),
    ...cutting.slice(0, MOST_HOSTS).flatMap((one) => hostLines(one, view)),
    ...andMore(cutting.length - MOST_HOSTS, sum(cutting.slice(MOST_HOSTS))),
    ...untold.map(
      ({ host, notJudged }) =>
        `    ${host}: of ${String(notJudged)} it cannot be told; they would stay open`,
    ),
  ];
}

function hostLines(
  { host, cut, first }: Preview["connections"][number],
  { utf8, paint }: View,
): readonly string[] {
  const shown = first.slice(0, MOST_CONNECTIONS);
  const more = cut - shown.length;
  return [
    paint("bad", `-   ${host}: ${String(cut)}`),
    ...shown.map((one) => `      ${connectionText(one, utf8)}`),
    ...(more > 0 && shown.length > 0 ? [`      and ${String(more)} more`] : []),
  ];
}

type Connection = Preview["connections"][number]["first"][number];

function connectionText(
  { protocol, source, destination, port, answerer, answeringPort }: Connection,
  utf8: boolean,
): string {
  const at = (address: string, which: number) =>
    which === 0 ? address : `${address.includes(":") ? `[${address}]` : address}:${String(which)}`;
  const called = at(destination, port);
  const answers = at(answerer, answeringPort);
  const redirected = called === answers ? "" : ` (${answers})`;
  return `${protocol} ${source} ${utf8 ? "→" : "->"} ${called}${redirected}`;
}

function andMore(hosts: number, connections: number): readonly string[] {
  return hosts > 0 ? [`    and ${String(connections)} on ${String(hosts)} more hosts`] : [];
}

function sum(connections: Preview["connections"]): number {
  return connections.reduce((all, { cut }) => all + cut, 0);
}

function unaskedLines({ unasked }: Preview): readonly string[] {
  if (unasked.length === 0) return [];
  return [
    "Not asked, so what would be cut there is not known:",
    ...unasked.flatMap(({ host, reason, message, traffic }) => {
      const what = traffic === "Nothing" ? "; nor is its traffic" : "";
      return wrapped(`!   ${host}: ${message} (${reason})${what}`);
    }),
  ];
}

function uncomparedLines({ uncompared }: Preview): readonly string[] {
  return uncompared.length === 0
    ? []
    : wrapped(
        `Too many networks and rules to compare on ${someNames(uncompared)}: of the traffic there nothing is said above.`,
      );
}

function behindLines({ behind }: Preview): readonly string[] {
  return behind.length === 0
    ? []
    : wrapped(
        `An older revision is in force on ${someNames(behind)}: more may change there (seawall rollout status).`,
      );
}

function unannouncedWhy(reason: string): string {
  if (reason === "Viewer") return "you are viewer, and may not apply it";
  if (reason === "Guardrail") return "it changes what only a guardrail-admin may apply";
  return "there is too much to tell";
}

/** What the gate NewDrops of the RolloutStrategy will compare with. */
function announcedLines({ hosts, announced }: Preview): readonly string[] {
  if (announced === undefined || hosts.length === 0) return [];
  const { hosts: count, reason, unannounced } = announced;
  if (reason !== "") {
    return wrapped(
      `Announced to no host: ${unannouncedWhy(reason)}. Applied now, any live connection that it cuts fails the gate NewDrops.`,
    );
  }
  return [
    ...wrapped(
      `Announced to ${count === 1 ? "1 host" : `${String(count)} hosts`} for the gate NewDrops: what is denied from then on may be cut there, if exactly this is applied.`,
    ),
    ...(unannounced.length === 0
      ? []
      : ["Not announced there, so any live connection that is cut fails the gate:"]),
    ...unannounced
      .slice(0, MOST_HOSTS)
      .flatMap(({ host, message, reason: why }) => wrapped(`!   ${host}: ${message} (${why})`)),
    ...(unannounced.length > MOST_HOSTS
      ? [`    and ${String(unannounced.length - MOST_HOSTS)} more hosts`]
      : []),
  ];
}
