// Original file: proto/seawall/v1/client.proto


export interface GetRequest {
  /**
   * Host | FleetPolicy | AddressGroup | RolloutStrategy | Revision | Network
   */
  'kind'?: (string);
  /**
   * empty = all; NOT_FOUND when it names nothing
   */
  'name'?: (string);
  /**
   * label selector
   */
  'selector'?: (string);
}

export interface GetRequest__Output {
  /**
   * Host | FleetPolicy | AddressGroup | RolloutStrategy | Revision | Network
   */
  'kind': (string);
  /**
   * empty = all; NOT_FOUND when it names nothing
   */
  'name': (string);
  /**
   * label selector
   */
  'selector': (string);
}
