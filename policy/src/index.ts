export type * from "./desired-state.ts";
export type * from "./docker-network.ts";
export type * from "./issue.ts";
export type * from "./label-selector.ts";
export type * from "./resolved-state.ts";
export * from "./documents.ts";
