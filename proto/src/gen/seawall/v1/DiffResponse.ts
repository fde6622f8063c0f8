// Original file: proto/seawall/v1/client.proto

import type { Issue as _seawall_v1_Issue, Issue__Output as _seawall_v1_Issue__Output } from '../../seawall/v1/Issue.ts';
import type { ObjectChange as _seawall_v1_ObjectChange, ObjectChange__Output as _seawall_v1_ObjectChange__Output } from '../../seawall/v1/ObjectChange.ts';
import type { HostDiff as _seawall_v1_HostDiff, HostDiff__Output as _seawall_v1_HostDiff__Output } from '../../seawall/v1/HostDiff.ts';
import type { Long } from '@grpc/proto-loader';

export interface DiffResponse {
  /**
   * warnings: what cannot be told
   */
  'issues'?: (_seawall_v1_Issue)[];
  'changes'?: (_seawall_v1_ObjectChange)[];
  'to'?: (number | string | Long);
  /**
   * as the hosts and their labels are now
   */
  'hosts'?: (_seawall_v1_HostDiff)[];
  /**
   * as in ApplyResponse
   */
  'hostsUnknown'?: (boolean);
}

export interface DiffResponse__Output {
  /**
   * warnings: what cannot be told
   */
  'issues': (_seawall_v1_Issue__Output)[];
  'changes': (_seawall_v1_ObjectChange__Output)[];
  'to': (number);
  /**
   * as the hosts and their labels are now
   */
  'hosts': (_seawall_v1_HostDiff__Output)[];
  /**
   * as in ApplyResponse
   */
  'hostsUnknown': (boolean);
}
