// Original file: proto/seawall/v1/client.proto


export interface WhoAmIResponse {
  'name'?: (string);
  'role'?: (string);
  /**
   * of this service
   */
  'mayCall'?: (string)[];
}

export interface WhoAmIResponse__Output {
  'name': (string);
  'role': (string);
  /**
   * of this service
   */
  'mayCall': (string)[];
}
