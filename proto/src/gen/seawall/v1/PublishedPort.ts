// Original file: proto/seawall/v1/agent.proto


export interface PublishedPort {
  /**
   * TCP | UDP | SCTP
   */
  'protocol'?: (string);
  'hostAddress'?: (string);
  'hostPort'?: (number);
  'containerPort'?: (number);
}

export interface PublishedPort__Output {
  /**
   * TCP | UDP | SCTP
   */
  'protocol': (string);
  'hostAddress': (string);
  'hostPort': (number);
  'containerPort': (number);
}
