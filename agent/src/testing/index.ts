/** For simulations of whole hosts: the agent's own parts, and its edges as they are without a machine. */

export { acceptBundle } from "../accept-bundle.ts";
export type { Status } from "../core/status.ts";
export { createCutRecords } from "../edge/cut-records.ts";
export { createHostSnapshots } from "../edge/host-snapshot-file.ts";
export { createLastGood } from "../edge/last-good.ts";
export { createRulesRecords } from "../edge/rules-records.ts";
export type { Clock, Conntrack, Reach, Routes } from "../ports.ts";
export { type AcceptReceived, ReceivedBundles } from "../received-bundles.ts";
export { createReconciler, type Reconciler } from "../reconciler.ts";
export { ReportSender, type Said } from "../report-sender.ts";
export { type FakeDocker, fakeDocker, silentWatch } from "./fakes.ts";
export { type IpsetSet, type IpsetSets, restoreSets, saveSets } from "./ipset-sets.ts";
export {
  dockerTables,
  type KernelTables,
  namedSets,
  restore,
  save,
  type TextTable,
} from "./kernel-tables.ts";
export { TextKernel, textFirewall } from "./text-kernel.ts";
