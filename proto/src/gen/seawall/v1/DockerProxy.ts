// Original file: proto/seawall/v1/agent.proto


export interface DockerProxy {
  'protocol'?: (string);
  'hostAddress'?: (string);
  'hostPort'?: (number);
  'containerAddress'?: (string);
  'containerPort'?: (number);
}

export interface DockerProxy__Output {
  'protocol': (string);
  'hostAddress': (string);
  'hostPort': (number);
  'containerAddress': (string);
  'containerPort': (number);
}
