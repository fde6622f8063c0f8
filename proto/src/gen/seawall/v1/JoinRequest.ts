// Original file: proto/seawall/v1/join.proto


export interface JoinRequest {
  'tokenId'?: (string);
  'tokenSecret'?: (string);
  'host'?: (string);
  /**
   * PKCS#10; proves possession of the host's key
   */
  'csrDer'?: (Buffer | Uint8Array | string);
  /**
   * nkey, U…
   */
  'natsPublicKey'?: (string);
}

export interface JoinRequest__Output {
  'tokenId': (string);
  'tokenSecret': (string);
  'host': (string);
  /**
   * PKCS#10; proves possession of the host's key
   */
  'csrDer': (Buffer);
  /**
   * nkey, U…
   */
  'natsPublicKey': (string);
}
