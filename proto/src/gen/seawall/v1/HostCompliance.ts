// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

// Original file: proto/seawall/v1/client.proto

export const _seawall_v1_HostCompliance_Verdict = {
  UNKNOWN: 'UNKNOWN',
  PASS: 'PASS',
  FAIL: 'FAIL',
} as const;

export type _seawall_v1_HostCompliance_Verdict =
  | 'UNKNOWN'
  | 0
  | 'PASS'
  | 1
  | 'FAIL'
  | 2

export type _seawall_v1_HostCompliance_Verdict__Output = typeof _seawall_v1_HostCompliance_Verdict[keyof typeof _seawall_v1_HostCompliance_Verdict]

export interface HostCompliance {
  'host'?: (string);
  'verdict'?: (_seawall_v1_HostCompliance_Verdict);
  /**
   * PascalCase
   */
  'reason'?: (string);
  'message'?: (string);
  'desiredGeneration'?: (number | string | Long);
  'observedGeneration'?: (number | string | Long);
  'rulesetDigest'?: (string);
  /**
   * -1 = never reported
   */
  'reportAgeMs'?: (number | string | Long);
}

export interface HostCompliance__Output {
  'host': (string);
  'verdict': (_seawall_v1_HostCompliance_Verdict__Output);
  /**
   * PascalCase
   */
  'reason': (string);
  'message': (string);
  'desiredGeneration': (number);
  'observedGeneration': (number);
  'rulesetDigest': (string);
  /**
   * -1 = never reported
   */
  'reportAgeMs': (number);
}
