// Original file: proto/seawall/v1/agent.proto

import type { HostState as _seawall_v1_HostState, HostState__Output as _seawall_v1_HostState__Output } from '../../seawall/v1/HostState.ts';
import type { Condition as _seawall_v1_Condition, Condition__Output as _seawall_v1_Condition__Output } from '../../seawall/v1/Condition.ts';
import type { RuleCounter as _seawall_v1_RuleCounter, RuleCounter__Output as _seawall_v1_RuleCounter__Output } from '../../seawall/v1/RuleCounter.ts';
import type { Versions as _seawall_v1_Versions, Versions__Output as _seawall_v1_Versions__Output } from '../../seawall/v1/Versions.ts';
import type { Drift as _seawall_v1_Drift, Drift__Output as _seawall_v1_Drift__Output } from '../../seawall/v1/Drift.ts';
import type { PolicyStatus as _seawall_v1_PolicyStatus, PolicyStatus__Output as _seawall_v1_PolicyStatus__Output } from '../../seawall/v1/PolicyStatus.ts';
import type { Inventory as _seawall_v1_Inventory, Inventory__Output as _seawall_v1_Inventory__Output } from '../../seawall/v1/Inventory.ts';
import type { Limit as _seawall_v1_Limit, Limit__Output as _seawall_v1_Limit__Output } from '../../seawall/v1/Limit.ts';
import type { AcceptedBundle as _seawall_v1_AcceptedBundle, AcceptedBundle__Output as _seawall_v1_AcceptedBundle__Output } from '../../seawall/v1/AcceptedBundle.ts';
import type { Connections as _seawall_v1_Connections, Connections__Output as _seawall_v1_Connections__Output } from '../../seawall/v1/Connections.ts';
import type { Entry as _seawall_v1_Entry, Entry__Output as _seawall_v1_Entry__Output } from '../../seawall/v1/Entry.ts';
import type { AppliedCuts as _seawall_v1_AppliedCuts, AppliedCuts__Output as _seawall_v1_AppliedCuts__Output } from '../../seawall/v1/AppliedCuts.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * What the agent says after reading the kernel back. Never a wish.
 */
export interface HostReport {
  'state'?: (_seawall_v1_HostState);
  'conditions'?: (_seawall_v1_Condition)[];
  /**
   * of the bundle that is enforced; 0 = none yet
   */
  'observedEpoch'?: (number | string | Long);
  'observedGeneration'?: (number | string | Long);
  /**
   * the revision that bundle was compiled from
   */
  'revision'?: (number | string | Long);
  'counters'?: (_seawall_v1_RuleCounter)[];
  'versions'?: (_seawall_v1_Versions | null);
  /**
   * sha256 over the rules read back, both families; empty = not read
   */
  'rulesetDigest'?: (string);
  /**
   * newest first, at most 16
   */
  'drifts'?: (_seawall_v1_Drift)[];
  'policies'?: (_seawall_v1_PolicyStatus)[];
  /**
   * when the kernel was read, by the host's clock; for people only
   */
  'observedAtMs'?: (number | string | Long);
  /**
   * hex sha256 of the sealed bundle that is enforced, as it came; empty = none yet
   */
  'bundleDigest'?: (string);
  /**
   * absent: as in the last report of this stream that had one
   */
  'inventory'?: (_seawall_v1_Inventory | null);
  /**
   * what no policy can govern here
   */
  'limits'?: (_seawall_v1_Limit)[];
  /**
   * absent: the enforced one
   */
  'accepted'?: (_seawall_v1_AcceptedBundle | null);
  'connections'?: (_seawall_v1_Connections | null);
  /**
   * as far as the rules need them; with no ruleset_digest, not read
   */
  'entries'?: (_seawall_v1_Entry)[];
  /**
   * absent: not known, or its first bundle is not all in force yet
   */
  'appliedCuts'?: (_seawall_v1_AppliedCuts | null);
}

/**
 * What the agent says after reading the kernel back. Never a wish.
 */
export interface HostReport__Output {
  'state': (_seawall_v1_HostState__Output);
  'conditions': (_seawall_v1_Condition__Output)[];
  /**
   * of the bundle that is enforced; 0 = none yet
   */
  'observedEpoch': (number);
  'observedGeneration': (number);
  /**
   * the revision that bundle was compiled from
   */
  'revision': (number);
  'counters': (_seawall_v1_RuleCounter__Output)[];
  'versions': (_seawall_v1_Versions__Output | null);
  /**
   * sha256 over the rules read back, both families; empty = not read
   */
  'rulesetDigest': (string);
  /**
   * newest first, at most 16
   */
  'drifts': (_seawall_v1_Drift__Output)[];
  'policies': (_seawall_v1_PolicyStatus__Output)[];
  /**
   * when the kernel was read, by the host's clock; for people only
   */
  'observedAtMs': (number);
  /**
   * hex sha256 of the sealed bundle that is enforced, as it came; empty = none yet
   */
  'bundleDigest': (string);
  /**
   * absent: as in the last report of this stream that had one
   */
  'inventory': (_seawall_v1_Inventory__Output | null);
  /**
   * what no policy can govern here
   */
  'limits': (_seawall_v1_Limit__Output)[];
  /**
   * absent: the enforced one
   */
  'accepted': (_seawall_v1_AcceptedBundle__Output | null);
  'connections': (_seawall_v1_Connections__Output | null);
  /**
   * as far as the rules need them; with no ruleset_digest, not read
   */
  'entries': (_seawall_v1_Entry__Output)[];
  /**
   * absent: not known, or its first bundle is not all in force yet
   */
  'appliedCuts': (_seawall_v1_AppliedCuts__Output | null);
}
