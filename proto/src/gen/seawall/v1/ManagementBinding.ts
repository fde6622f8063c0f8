// Original file: proto/seawall/v1/agent.proto


/**
 * A published port by which agents reach NATS or the controller in a container of the host. TCP.
 */
export interface ManagementBinding {
  /**
   * of the host itself
   */
  'address'?: (string);
  'port'?: (number);
  /**
   * its name
   */
  'container'?: (string);
}

/**
 * A published port by which agents reach NATS or the controller in a container of the host. TCP.
 */
export interface ManagementBinding__Output {
  /**
   * of the host itself
   */
  'address': (string);
  'port': (number);
  /**
   * its name
   */
  'container': (string);
}
