// Original file: proto/seawall/v1/client.proto


export interface GetResponse {
  /**
   * JSON documents, sorted by name
   */
  'items'?: (string)[];
}

export interface GetResponse__Output {
  /**
   * JSON documents, sorted by name
   */
  'items': (string)[];
}
