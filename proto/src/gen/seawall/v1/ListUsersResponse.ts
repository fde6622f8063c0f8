// Original file: proto/seawall/v1/client.proto

import type { User as _seawall_v1_User, User__Output as _seawall_v1_User__Output } from '../../seawall/v1/User.ts';

export interface ListUsersResponse {
  /**
   * sorted by name
   */
  'users'?: (_seawall_v1_User)[];
}

export interface ListUsersResponse__Output {
  /**
   * sorted by name
   */
  'users': (_seawall_v1_User__Output)[];
}
