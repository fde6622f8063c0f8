// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Somebody who changed rules before a drift was found: evidence, not proof.
 */
export interface Suspect {
  'atMs'?: (number | string | Long);
  /**
   * as the machine counts, not as a container does
   */
  'pid'?: (number);
  /**
   * at most 15 characters of the program's name
   */
  'command'?: (string);
  /**
   * what started it; empty = not known
   */
  'parent'?: (string);
}

/**
 * Somebody who changed rules before a drift was found: evidence, not proof.
 */
export interface Suspect__Output {
  'atMs': (number);
  /**
   * as the machine counts, not as a container does
   */
  'pid': (number);
  /**
   * at most 15 characters of the program's name
   */
  'command': (string);
  /**
   * what started it; empty = not known
   */
  'parent': (string);
}
