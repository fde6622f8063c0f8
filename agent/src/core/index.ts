/** The pure part of the agent, for whoever wants to know what a state becomes without touching a kernel. */
export type { Connection } from "./connection.ts";
export type { ConnectionFilter } from "./connection-filter.ts";
export type { ConnectionGround } from "./connection-packets.ts";
export { type Footprint, footprintAfter, footprintBefore } from "./footprint.ts";
export { type ConnectionJudge, createConnectionJudge } from "./judge-connection.ts";
export { nftCommit } from "./nft-commit.ts";
export { nftDiff } from "./nft-diff.ts";
export { renderNft } from "./nft-render.ts";
export type { NftTable } from "./nft-table.ts";
export type { ObservedTables } from "./observed-kernel.ts";
export type { Origin } from "./origin.ts";
export { parseIpsetSave } from "./parse-ipset.ts";
export { parseNftTable } from "./parse-nft.ts";
export { parseSave } from "./parse-save.ts";
export { type Applied, isDone, type Plan, planChange, readBackOf } from "./plan.ts";
export { createMarkPlanner, type MarkPlan } from "./plan-marks.ts";
export { type RenderOptions, render } from "./render.ts";
export { renderIn } from "./render-in.ts";
