// Original file: proto/seawall/v1/client.proto


export interface HostDiff {
  'host'?: (string);
  /**
   * compiled rules in words
   */
  'added'?: (string)[];
  'removed'?: (string)[];
}

export interface HostDiff__Output {
  'host': (string);
  /**
   * compiled rules in words
   */
  'added': (string)[];
  'removed': (string)[];
}
