// Original file: proto/seawall/v1/agent.proto

import type { Suspect as _seawall_v1_Suspect, Suspect__Output as _seawall_v1_Suspect__Output } from '../../seawall/v1/Suspect.ts';
import type { Long } from '@grpc/proto-loader';

export interface Drift {
  'detectedMs'?: (number | string | Long);
  /**
   * 0 = not yet
   */
  'repairedMs'?: (number | string | Long);
  'family'?: (string);
  /**
   * what differed, in words
   */
  'what'?: (string);
  /**
   * how often it was found, each time within a minute of the one before
   */
  'times'?: (number);
  /**
   * newest last
   */
  'suspects'?: (_seawall_v1_Suspect)[];
}

export interface Drift__Output {
  'detectedMs': (number);
  /**
   * 0 = not yet
   */
  'repairedMs': (number);
  'family': (string);
  /**
   * what differed, in words
   */
  'what': (string);
  /**
   * how often it was found, each time within a minute of the one before
   */
  'times': (number);
  /**
   * newest last
   */
  'suspects': (_seawall_v1_Suspect__Output)[];
}
