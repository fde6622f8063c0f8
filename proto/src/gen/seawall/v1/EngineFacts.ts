// Original file: proto/seawall/v1/agent.proto

import type { DockerProxy as _seawall_v1_DockerProxy, DockerProxy__Output as _seawall_v1_DockerProxy__Output } from '../../seawall/v1/DockerProxy.ts';

export interface EngineFacts {
  'version'?: (string);
  'swarm'?: (boolean);
  /**
   * families in which Docker keeps iptables rules: IPv4, IPv6
   */
  'dockerRules'?: (string)[];
  /**
   * families in which iptables sees what stays on one bridge
   */
  'bridgeNf'?: (string)[];
  'proxies'?: (_seawall_v1_DockerProxy)[];
}

export interface EngineFacts__Output {
  'version': (string);
  'swarm': (boolean);
  /**
   * families in which Docker keeps iptables rules: IPv4, IPv6
   */
  'dockerRules': (string)[];
  /**
   * families in which iptables sees what stays on one bridge
   */
  'bridgeNf': (string)[];
  'proxies': (_seawall_v1_DockerProxy__Output)[];
}
