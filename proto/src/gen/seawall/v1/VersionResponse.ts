// Original file: proto/seawall/v1/client.proto


export interface VersionResponse {
  'version'?: (string);
  'natsServer'?: (string);
  'node'?: (string);
}

export interface VersionResponse__Output {
  'version': (string);
  'natsServer': (string);
  'node': (string);
}
