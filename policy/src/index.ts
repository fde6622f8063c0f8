export type * from "./desired-state.ts";
export type * from "./docker-network.ts";
export type * from "./issue.ts";
export type * from "./label-selector.ts";
export type * from "./resolved-state.ts";
export * from "./documents.ts";
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
export type { AddressGroup } from "./address-group.ts";
export { type Bundle, type BundleDecoded, bundleLimits, BundleTooLargeError, decodeBundle, encodeBundle } from "./bundle.ts";
export { type Address, type Cidr, cidrOfText, formatAddress, formatCidr, parseAddress, parseCidr } from "./cidr.ts";
export { compile, type CompileHost, featuresOf, knownFeatures } from "./compile.ts";
export { closest } from "./did-you-mean.ts";
export { type FieldPath, formatPath } from "./field-path.ts";
export { defaultRuleName, type FleetPolicy, type FleetPolicySpec, policyDefaults } from "./fleet-policy.ts";
export { labelProblem } from "./label-syntax.ts";
export { type ManifestFile } from "./read-yaml.ts";
export { manifestLimits, type ParsedManifests, type ParsedResource, parseManifests } from "./parse-manifests.ts";
export { resolve } from "./resolve.ts";
export { type Resource, resourceDocument, resourceKey, type ResourceKind, resourceOfDocument } from "./resource.ts";
export type { RolloutStrategy } from "./rollout-strategy.ts";
export { matchesLabels, matchesName } from "./select.ts";
export { formatSelector, parseSelector } from "./selector-text.ts";
export { unsupportedFields, unsupportedIssues } from "./unsupported.ts";
