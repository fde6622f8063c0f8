// Original file: proto/seawall/v1/agent.proto


export interface RenewRequest {
  /**
   * PKCS#10, same or new key
   */
  'csrDer'?: (Buffer | Uint8Array | string);
  /**
   * nkey, U…
   */
  'natsPublicKey'?: (string);
}

export interface RenewRequest__Output {
  /**
   * PKCS#10, same or new key
   */
  'csrDer': (Buffer);
  /**
   * nkey, U…
   */
  'natsPublicKey': (string);
}
