// Original file: proto/seawall/v1/client.proto

import type { Long } from '@grpc/proto-loader';

export interface JoinToken {
  /**
   * the part of the token before its secret
   */
  'id'?: (string);
  'createdBy'?: (string);
  'uses'?: (number);
  'usesLeft'?: (number);
  'expiresMs'?: (number | string | Long);
  /**
   * empty = any name
   */
  'host'?: (string);
  'labels'?: ({[key: string]: string});
  'addressRanges'?: (string)[];
  'mode'?: (string);
}

export interface JoinToken__Output {
  /**
   * the part of the token before its secret
   */
  'id': (string);
  'createdBy': (string);
  'uses': (number);
  'usesLeft': (number);
  'expiresMs': (number);
  /**
   * empty = any name
   */
  'host': (string);
  'labels': ({[key: string]: string});
  'addressRanges': (string)[];
  'mode': (string);
}
