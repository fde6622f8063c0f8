// Original file: proto/seawall/v1/agent.proto


export interface RenewResponse {
  'certificateDer'?: (Buffer | Uint8Array | string);
  'natsJwt'?: (string);
  'natsUrl'?: (string);
}

export interface RenewResponse__Output {
  'certificateDer': (Buffer);
  'natsJwt': (string);
  'natsUrl': (string);
}
