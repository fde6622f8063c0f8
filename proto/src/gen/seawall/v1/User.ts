// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface User {
  'name'?: (string);
  'role'?: (string);
  /**
   * empty: made by controller init
   */
  'createdBy'?: (string);
  'createdMs'?: (number | string | Long);
}

export interface User__Output {
  'name': (string);
  'role': (string);
  /**
   * empty: made by controller init
   */
  'createdBy': (string);
  'createdMs': (number);
}
