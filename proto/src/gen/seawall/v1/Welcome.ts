// Original file: proto/seawall/v1/agent.proto


export interface Welcome {
  /**
   * report at least this often
   */
  'heartbeatSeconds'?: (number);
}

export interface Welcome__Output {
  /**
   * report at least this often
   */
  'heartbeatSeconds': (number);
}
