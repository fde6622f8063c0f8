// Original file: proto/seawall/v1/join.proto


/**
 * A key that may sign bundles.
 */
export interface SigningKey {
  'keyId'?: (string);
  /**
   * Ed25519
   */
  'spkiDer'?: (Buffer | Uint8Array | string);
}

/**
 * A key that may sign bundles.
 */
export interface SigningKey__Output {
  'keyId': (string);
  /**
   * Ed25519
   */
  'spkiDer': (Buffer);
}
