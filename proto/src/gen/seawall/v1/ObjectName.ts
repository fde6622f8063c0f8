// Original file: proto/seawall/v1/client.proto


export interface ObjectName {
  'kind'?: (string);
  'name'?: (string);
}

export interface ObjectName__Output {
  'kind': (string);
  'name': (string);
}
