// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface SealedRevision {
  'number'?: (number | string | Long);
  /**
   * the envelope as it is stored; empty = gone
   */
  'sealed'?: (Buffer | Uint8Array | string);
  /**
   * why the controller does not believe it, by what it has seen; empty = it does
   */
  'finding'?: (string);
}

export interface SealedRevision__Output {
  'number': (number);
  /**
   * the envelope as it is stored; empty = gone
   */
  'sealed': (Buffer);
  /**
   * why the controller does not believe it, by what it has seen; empty = it does
   */
  'finding': (string);
}
