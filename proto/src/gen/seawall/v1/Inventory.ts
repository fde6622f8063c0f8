// Original file: proto/seawall/v1/agent.proto

import type { Network as _seawall_v1_Network, Network__Output as _seawall_v1_Network__Output } from '../../seawall/v1/Network.ts';
import type { Container as _seawall_v1_Container, Container__Output as _seawall_v1_Container__Output } from '../../seawall/v1/Container.ts';
import type { EngineFacts as _seawall_v1_EngineFacts, EngineFacts__Output as _seawall_v1_EngineFacts__Output } from '../../seawall/v1/EngineFacts.ts';
import type { ManagementBinding as _seawall_v1_ManagementBinding, ManagementBinding__Output as _seawall_v1_ManagementBinding__Output } from '../../seawall/v1/ManagementBinding.ts';
import type { HostPort as _seawall_v1_HostPort, HostPort__Output as _seawall_v1_HostPort__Output } from '../../seawall/v1/HostPort.ts';
import type { AwaitedPorts as _seawall_v1_AwaitedPorts, AwaitedPorts__Output as _seawall_v1_AwaitedPorts__Output } from '../../seawall/v1/AwaitedPorts.ts';

/**
 * What policies are resolved by. Sent when it has changed, and first of all on every stream.
 */
export interface Inventory {
  'networks'?: (_seawall_v1_Network)[];
  /**
   * running ones
   */
  'containers'?: (_seawall_v1_Container)[];
  'interfaces'?: (string)[];
  'engine'?: (_seawall_v1_EngineFacts | null);
  /**
   * of the host itself, but for loopback ones and link-local ones of IPv6
   */
  'addresses'?: (string)[];
  'management'?: (_seawall_v1_ManagementBinding)[];
  /**
   * published ports that are foreseen and programs of the host itself have
   */
  'ownPorts'?: (_seawall_v1_HostPort)[];
  'awaitedPorts'?: (_seawall_v1_AwaitedPorts)[];
}

/**
 * What policies are resolved by. Sent when it has changed, and first of all on every stream.
 */
export interface Inventory__Output {
  'networks': (_seawall_v1_Network__Output)[];
  /**
   * running ones
   */
  'containers': (_seawall_v1_Container__Output)[];
  'interfaces': (string)[];
  'engine': (_seawall_v1_EngineFacts__Output | null);
  /**
   * of the host itself, but for loopback ones and link-local ones of IPv6
   */
  'addresses': (string)[];
  'management': (_seawall_v1_ManagementBinding__Output)[];
  /**
   * published ports that are foreseen and programs of the host itself have
   */
  'ownPorts': (_seawall_v1_HostPort__Output)[];
  'awaitedPorts': (_seawall_v1_AwaitedPorts__Output)[];
}
