/** The pure part of the agent, for whoever wants to know what a state becomes without touching a kernel. */
export { hashRuleset } from "./hash.ts";
export { parseSave } from "./parse-save.ts";
export { planCommits } from "./plan.ts";
export { render } from "./render.ts";
