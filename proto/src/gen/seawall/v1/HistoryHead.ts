// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface HistoryHead {
  /**
   * what revisions have to be signed with: Ed25519, SPKI
   */
  'signingKey'?: (Buffer | Uint8Array | string);
  'epoch'?: (number | string | Long);
  /**
   * that is there, or was; 0 = none yet
   */
  'newest'?: (number | string | Long);
  /**
   * of the newest, none may be missing; older ones are swept
   */
  'kept'?: (number | string | Long);
}

export interface HistoryHead__Output {
  /**
   * what revisions have to be signed with: Ed25519, SPKI
   */
  'signingKey': (Buffer);
  'epoch': (number);
  /**
   * that is there, or was; 0 = none yet
   */
  'newest': (number);
  /**
   * of the newest, none may be missing; older ones are swept
   */
  'kept': (number);
}
