// Original file: proto/seawall/v1/agent.proto


/**
 * What a container that publishes nothing now will publish.
 */
export interface AwaitedPorts {
  /**
   * TCP or UDP
   */
  'protocol'?: (string);
  /**
   * any one from here
   */
  'first'?: (number);
  /**
   * to here
   */
  'last'?: (number);
  /**
   * its name
   */
  'container'?: (string);
  'networkIds'?: (string)[];
}

/**
 * What a container that publishes nothing now will publish.
 */
export interface AwaitedPorts__Output {
  /**
   * TCP or UDP
   */
  'protocol': (string);
  /**
   * any one from here
   */
  'first': (number);
  /**
   * to here
   */
  'last': (number);
  /**
   * its name
   */
  'container': (string);
  'networkIds': (string)[];
}
