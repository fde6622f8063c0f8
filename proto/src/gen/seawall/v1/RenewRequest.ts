// Original file: proto/seawall/v1/agent.proto


export interface RenewRequest {
  /**
   * PKCS#10, of the key the host is enrolled with
   */
  'csrDer'?: (Buffer | Uint8Array | string);
  /**
   * nkey, U…, likewise
   */
  'natsPublicKey'?: (string);
}

export interface RenewRequest__Output {
  /**
   * PKCS#10, of the key the host is enrolled with
   */
  'csrDer': (Buffer);
  /**
   * nkey, U…, likewise
   */
  'natsPublicKey': (string);
}
