import type { Finding } from "./finding.ts";
import { type OpenState, openingText } from "./opening.ts";

/** What a host says while somebody has opened it, and for a while after. */
export function openFindings(open: OpenState | "damaged"): readonly Finding[] {
  if (open === "damaged") {
    return [
      {
        state: "InSync",
        type: "OpeningsDamaged",
        reason: "OpeningsDamaged",
        message:
          "the record of when this host was opened is unreadable, so the host is taken to be closed",
      },
    ];
  }
  if (open.now !== undefined) {
    const text = openingText(open.now.opening);
    return [
      {
        state: "Failed",
        type: "Open",
        reason: "OpenedLocally",
        message: `${text}; until then no rule of Seawall is in force, unless somebody runs seawall agent close`,
      },
    ];
  }
  const { lately } = open;
  return lately === undefined
    ? []
    : [
        {
          state: "InSync",
          type: "OpenedLately",
          reason: "OpenedLocally",
          message: openingText(lately),
        },
      ];
}
