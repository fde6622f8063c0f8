// Original file: proto/seawall/v1/client.proto


export interface DeleteHostRequest {
  'host'?: (string);
}

export interface DeleteHostRequest__Output {
  'host': (string);
}
