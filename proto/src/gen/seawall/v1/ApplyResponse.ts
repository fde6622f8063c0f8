// Original file: proto/seawall/v1/client.proto

import type { Issue as _seawall_v1_Issue, Issue__Output as _seawall_v1_Issue__Output } from '../../seawall/v1/Issue.ts';
import type { ObjectChange as _seawall_v1_ObjectChange, ObjectChange__Output as _seawall_v1_ObjectChange__Output } from '../../seawall/v1/ObjectChange.ts';
import type { HostDiff as _seawall_v1_HostDiff, HostDiff__Output as _seawall_v1_HostDiff__Output } from '../../seawall/v1/HostDiff.ts';
import type { Long } from '@grpc/proto-loader';

export interface ApplyResponse {
  /**
   * any with severity ERROR: nothing was stored
   */
  'issues'?: (_seawall_v1_Issue)[];
  'changes'?: (_seawall_v1_ObjectChange)[];
  /**
   * the newest after this call
   */
  'revision'?: (number | string | Long);
  /**
   * false: dry run, nothing changed, or issues
   */
  'committed'?: (boolean);
  /**
   * compiled rules that change, per host
   */
  'hosts'?: (_seawall_v1_HostDiff)[];
  /**
   * what changes on hosts cannot be told; an issue says why
   */
  'hostsUnknown'?: (boolean);
}

export interface ApplyResponse__Output {
  /**
   * any with severity ERROR: nothing was stored
   */
  'issues': (_seawall_v1_Issue__Output)[];
  'changes': (_seawall_v1_ObjectChange__Output)[];
  /**
   * the newest after this call
   */
  'revision': (number);
  /**
   * false: dry run, nothing changed, or issues
   */
  'committed': (boolean);
  /**
   * compiled rules that change, per host
   */
  'hosts': (_seawall_v1_HostDiff__Output)[];
  /**
   * what changes on hosts cannot be told; an issue says why
   */
  'hostsUnknown': (boolean);
}
