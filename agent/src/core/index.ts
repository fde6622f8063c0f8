/** The pure part of the agent, for whoever wants to know what a state becomes without touching a kernel. */
export { parseSave } from "./parse-save.ts";
export { type Plan, planChange } from "./plan.ts";
export { render } from "./render.ts";
