// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The newest bundle that a host has accepted: nothing older will be. It is not the enforced one where that
 * was taken back, and where the host is open.
 */
export interface AcceptedBundle {
  'epoch'?: (number | string | Long);
  'generation'?: (number | string | Long);
  /**
   * as bundle_digest
   */
  'digest'?: (string);
}

/**
 * The newest bundle that a host has accepted: nothing older will be. It is not the enforced one where that
 * was taken back, and where the host is open.
 */
export interface AcceptedBundle__Output {
  'epoch': (number);
  'generation': (number);
  /**
   * as bundle_digest
   */
  'digest': (string);
}
