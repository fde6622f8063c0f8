export type { AddressGroup } from "./address-group.ts";
export {
  addressSetContains,
  addressSetOf,
  addressSetOfTexts,
  cidrContains,
  emptyAddressSet,
  isEmptyAddressSet,
  subtractAddressSets,
  unionAddressSets,
} from "./address-set.ts";
export {
  type Bundle,
  type BundleDecoded,
  BundleTooLargeError,
  bundleLimits,
  decodeBundle,
  encodeBundle,
} from "./bundle.ts";
export { type BundleDecoder, createBundleDecoder } from "./bundle-decoder.ts";
export { canonicalJson } from "./canonical-json.ts";
export {
  type ChangePreviewDocument,
  changePreviewDocument,
} from "./change-preview-document.ts";
export { changedNetworks } from "./changed-networks.ts";
export {
  type Address,
  addressBits,
  type Cidr,
  cidrOfText,
  formatAddress,
  formatCidr,
  lastAddress,
  parseAddress,
  parseCidr,
} from "./cidr.ts";
export { type CompileHost, compile, compilerOf, type FleetHost } from "./compile.ts";
export {
  type ComplianceControl,
  type ComplianceDocument,
  type ComplianceVerdict,
  complianceControlNames,
  complianceControls,
  complianceDocument,
  type UnsignedCompliance,
} from "./compliance-document.ts";
export { describeDesired } from "./describe-desired.ts";
export { describeTraffic, type TrafficWords } from "./describe-traffic.ts";
export { desiredDigest } from "./desired-digest.ts";
export type * from "./desired-state.ts";
export { closest } from "./did-you-mean.ts";
export { type DesiredDiff, diffDesired } from "./diff-desired.ts";
export { diffFields, type FieldDiff } from "./diff-fields.ts";
export {
  diffTraffic,
  type TrafficChange,
  type TrafficDiff,
  trafficSteps,
} from "./diff-traffic.ts";
export * from "./documents.ts";
export { parseDuration } from "./duration.ts";
export * from "./enforcement.ts";
export { compareExposure, type ExposedPort, exposureOf } from "./exposure.ts";
export { type ExposureDocument, exposureDocument } from "./exposure-document.ts";
export { type FactsParsed, factsOfHost, type HostFacts, parseFacts } from "./facts.ts";
export { featuresOf, knownFeatures } from "./features.ts";
export { type FieldPath, formatPath, withSegment } from "./field-path.ts";
export {
  defaultRuleName,
  type FleetPolicy,
  type FleetPolicySpec,
  policyDefaults,
} from "./fleet-policy.ts";
export * from "./host-options.ts";
export {
  disjointRanges,
  FIRST_EPHEMERAL,
  foreseenPorts,
  type HostPorts,
  includesPort,
  joinedRanges,
  withoutPorts,
} from "./host-ports.ts";
export * from "./host-view.ts";
export { isPlainInterfaceName } from "./interface-name.ts";
export { type AddressIntervals, addressIntervals, intervalOf } from "./intervals.ts";
export type * from "./issue.ts";
export { jsonSchema } from "./json-schema.ts";
export type * from "./label-selector.ts";
export { labelProblem } from "./label-syntax.ts";
export type { Limit } from "./limit.ts";
export { limitsOf } from "./limits.ts";
export { type LintedFleet, lint } from "./lint.ts";
export type { ControllerPath } from "./lint-controller.ts";
export { namesHosts } from "./names-hosts.ts";
export { type PublishedReach, publishedReachOf } from "./open-by-default.ts";
export {
  manifestLimits,
  type ParsedManifests,
  type ParsedResource,
  parseManifests,
} from "./parse-manifests.ts";
export { peersOf } from "./policy-peers.ts";
export {
  isFailure,
  judgePolicyTests,
  judgeTestsOnHost,
  type PolicyTestCase,
  type PolicyTestOutcome,
  type PolicyTestResult,
} from "./policy-tests.ts";
export { failureText, hostsText, policyTestIssues } from "./policy-tests-issues.ts";
export { describeTest, nameOfTest } from "./policy-tests-words.ts";
export { bindingTakes } from "./published-path.ts";
export { type ManifestFile } from "./read-yaml.ts";
export { remembered } from "./remembered.ts";
export { resolve } from "./resolve.ts";
export * from "./resolved-state.ts";
export {
  type Resource,
  type ResourceKind,
  resourceDocument,
  resourceKey,
  resourceOfDocument,
} from "./resource.ts";
export { type Revision, revisionSchema } from "./revision.ts";
export { hasRole, isRole, type Role, roles } from "./role.ts";
export { type RolloutDocument, rolloutDocument } from "./rollout-document.ts";
export type { RolloutStrategy } from "./rollout-strategy.ts";
export { sealedPayload } from "./sealed-payload.ts";
export { matchesLabels, matchesName } from "./select.ts";
export { formatSelector, parseSelector } from "./selector-text.ts";
export { selectsNetwork } from "./selects-network.ts";
export { shared } from "./shared.ts";
export {
  caseOf,
  holdsUnknown,
  type Judgement,
  managementOf,
  matchesPorts,
  meantPacket,
  type Packet,
  type RuleName,
  simulate,
  type Verdict,
} from "./simulate.ts";
export { blocksToldApart, portsToldApart } from "./told-apart.ts";
export { type TraceDocument, traceDocument } from "./trace-document.ts";
export { parseTrace, type TraceParsed, type TraceQuestion } from "./trace-question.ts";
export { type TracedHost, type TraceReport, traceReport } from "./trace-report.ts";
export { unsupportedFields, unsupportedIssues } from "./unsupported.ts";
export { validateTree } from "./validate-tree.ts";
export { withoutDenyDefault } from "./without-deny-default.ts";
