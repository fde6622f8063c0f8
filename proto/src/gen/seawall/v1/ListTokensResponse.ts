// Original file: proto/seawall/v1/client.proto

import type { JoinToken as _seawall_v1_JoinToken, JoinToken__Output as _seawall_v1_JoinToken__Output } from '../../seawall/v1/JoinToken.ts';

export interface ListTokensResponse {
  /**
   * those that end last first
   */
  'tokens'?: (_seawall_v1_JoinToken)[];
}

export interface ListTokensResponse__Output {
  /**
   * those that end last first
   */
  'tokens': (_seawall_v1_JoinToken__Output)[];
}
