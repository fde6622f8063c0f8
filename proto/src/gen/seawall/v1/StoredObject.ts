// Original file: proto/seawall/v1/client.proto


export interface StoredObject {
  /**
   * under which it is stored, sha256
   */
  'digest'?: (string);
  /**
   * as it is stored
   */
  'content'?: (Buffer | Uint8Array | string);
  'gone'?: (boolean);
}

export interface StoredObject__Output {
  /**
   * under which it is stored, sha256
   */
  'digest': (string);
  /**
   * as it is stored
   */
  'content': (Buffer);
  'gone': (boolean);
}
