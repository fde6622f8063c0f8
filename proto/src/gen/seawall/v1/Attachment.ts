// Original file: proto/seawall/v1/agent.proto


export interface Attachment {
  'networkId'?: (string);
  'addresses'?: (string)[];
}

export interface Attachment__Output {
  'networkId': (string);
  'addresses': (string)[];
}
