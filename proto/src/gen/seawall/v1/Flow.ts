// Original file: proto/seawall/v1/flow.proto

import type { FlowEnd as _seawall_v1_FlowEnd, FlowEnd__Output as _seawall_v1_FlowEnd__Output } from '../../seawall/v1/FlowEnd.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Packets of one rule, between the same ends, to the same port.
 */
export interface Flow {
  /**
   * Deny | Reject | Allow | Pass
   */
  'verdict'?: (string);
  /**
   * it is only counted: its policy is in Audit
   */
  'audited'?: (boolean);
  /**
   * an address, bridge or port of nobody known; no policy and no rule
   */
  'held'?: (boolean);
  'policy'?: (string);
  /**
   * "default" for the default action
   */
  'rule'?: (string);
  /**
   * ingress | egress | internal | host; empty: not known
   */
  'direction'?: (string);
  /**
   * TCP | UDP | SCTP | ICMP | the number of another
   */
  'protocol'?: (string);
  'source'?: (_seawall_v1_FlowEnd | null);
  'destination'?: (_seawall_v1_FlowEnd | null);
  /**
   * of the destination; 0: none
   */
  'port'?: (number);
  /**
   * under which the host publishes that port of the container
   */
  'publishedPorts'?: (number)[];
  /**
   * since it was last told of; a rule tells of 10 a second
   */
  'packets'?: (number | string | Long);
  /**
   * by the host's clock
   */
  'firstMs'?: (number | string | Long);
  'lastMs'?: (number | string | Long);
}

/**
 * Packets of one rule, between the same ends, to the same port.
 */
export interface Flow__Output {
  /**
   * Deny | Reject | Allow | Pass
   */
  'verdict': (string);
  /**
   * it is only counted: its policy is in Audit
   */
  'audited': (boolean);
  /**
   * an address, bridge or port of nobody known; no policy and no rule
   */
  'held': (boolean);
  'policy': (string);
  /**
   * "default" for the default action
   */
  'rule': (string);
  /**
   * ingress | egress | internal | host; empty: not known
   */
  'direction': (string);
  /**
   * TCP | UDP | SCTP | ICMP | the number of another
   */
  'protocol': (string);
  'source': (_seawall_v1_FlowEnd__Output | null);
  'destination': (_seawall_v1_FlowEnd__Output | null);
  /**
   * of the destination; 0: none
   */
  'port': (number);
  /**
   * under which the host publishes that port of the container
   */
  'publishedPorts': (number)[];
  /**
   * since it was last told of; a rule tells of 10 a second
   */
  'packets': (number);
  /**
   * by the host's clock
   */
  'firstMs': (number);
  'lastMs': (number);
}
