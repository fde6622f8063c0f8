// Original file: proto/seawall/v1/client.proto


export interface RevokeUserRequest {
  'name'?: (string);
}

export interface RevokeUserRequest__Output {
  'name': (string);
}
