// Original file: proto/seawall/v1/client.proto


export interface FleetFlowsRequest {
  'selector'?: (string);
  /**
   * empty = every host
   */
  'host'?: (string);
  /**
   * what is denied; neither: all that rules tell
   */
  'denied'?: (boolean);
  /**
   * what is only counted
   */
  'audited'?: (boolean);
  /**
   * ends after this long; 0: with the call
   */
  'forMs'?: (number);
}

export interface FleetFlowsRequest__Output {
  'selector': (string);
  /**
   * empty = every host
   */
  'host': (string);
  /**
   * what is denied; neither: all that rules tell
   */
  'denied': (boolean);
  /**
   * what is only counted
   */
  'audited': (boolean);
  /**
   * ends after this long; 0: with the call
   */
  'forMs': (number);
}
