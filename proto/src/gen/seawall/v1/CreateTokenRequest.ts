// Original file: proto/seawall/v1/client.proto


export interface CreateTokenRequest {
  /**
   * 1..10000
   */
  'uses'?: (number);
  /**
   * 60..2592000
   */
  'ttlSeconds'?: (number);
  /**
   * empty = any name
   */
  'host'?: (string);
  'labels'?: ({[key: string]: string});
  /**
   * CIDRs; the joining host's address must lie in one
   */
  'addressRanges'?: (string)[];
  /**
   * of hosts that join with it: Enforce | Audit; empty = Enforce
   */
  'mode'?: (string);
}

export interface CreateTokenRequest__Output {
  /**
   * 1..10000
   */
  'uses': (number);
  /**
   * 60..2592000
   */
  'ttlSeconds': (number);
  /**
   * empty = any name
   */
  'host': (string);
  'labels': ({[key: string]: string});
  /**
   * CIDRs; the joining host's address must lie in one
   */
  'addressRanges': (string)[];
  /**
   * of hosts that join with it: Enforce | Audit; empty = Enforce
   */
  'mode': (string);
}
