// Original file: proto/seawall/v1/agent.proto

import type { Long } from '@grpc/proto-loader';

export interface RuleCounter {
  'policy'?: (string);
  /**
   * the rule's name, or its position; "default" for the default action
   */
  'rule'?: (string);
  /**
   * ingress | egress | internal | host
   */
  'direction'?: (string);
  /**
   * or the interface
   */
  'network'?: (string);
  /**
   * IPv4 | IPv6
   */
  'family'?: (string);
  'packets'?: (number | string | Long);
  'bytes'?: (number | string | Long);
  /**
   * its policy is in Audit: what it would have denied
   */
  'audited'?: (boolean);
  /**
   * behind filter: what somebody had let through there
   */
  'guard'?: (boolean);
}

export interface RuleCounter__Output {
  'policy': (string);
  /**
   * the rule's name, or its position; "default" for the default action
   */
  'rule': (string);
  /**
   * ingress | egress | internal | host
   */
  'direction': (string);
  /**
   * or the interface
   */
  'network': (string);
  /**
   * IPv4 | IPv6
   */
  'family': (string);
  'packets': (number);
  'bytes': (number);
  /**
   * its policy is in Audit: what it would have denied
   */
  'audited': (boolean);
  /**
   * behind filter: what somebody had let through there
   */
  'guard': (boolean);
}
