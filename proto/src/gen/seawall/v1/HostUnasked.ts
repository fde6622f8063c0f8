// Original file: proto/seawall/v1/client.proto


export interface HostUnasked {
  /**
   * PascalCase
   */
  'reason'?: (string);
  'message'?: (string);
}

export interface HostUnasked__Output {
  /**
   * PascalCase
   */
  'reason': (string);
  'message': (string);
}
