import type { LayoutRule, Match } from "./layout.ts";

/**
 * The bit of a packet's mark that says, within an audit, that somebody would have denied it. A packet has it no
 * longer when the audit is over, and one that comes with it, because somebody else uses that bit, is not audited.
 */
export const deniedMark = 0x2000_0000;

/** Nobody in this audit has had anything against the packet. */
export const notDenied: Match = { kind: "denied", is: false };

/** Ends the audit: nobody else is asked of this packet. */
export const markDenied: LayoutRule = {
  match: [],
  target: { kind: "mark", bit: deniedMark, to: 1 },
  label: "would be denied",
};

/** As the packet came. */
export const unmark: LayoutRule = {
  match: [{ kind: "denied", is: true }],
  target: { kind: "mark", bit: deniedMark, to: 0 },
  label: "the audit is over",
};
