// Original file: proto/seawall/v1/client.proto


export interface CreateUserRequest {
  'name'?: (string);
  /**
   * viewer | operator | guardrail-admin
   */
  'role'?: (string);
  /**
   * EC P-256
   */
  'publicKeySpki'?: (Buffer | Uint8Array | string);
}

export interface CreateUserRequest__Output {
  'name': (string);
  /**
   * viewer | operator | guardrail-admin
   */
  'role': (string);
  /**
   * EC P-256
   */
  'publicKeySpki': (Buffer);
}
