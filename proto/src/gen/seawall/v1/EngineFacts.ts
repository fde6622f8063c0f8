// Original file: proto/seawall/v1/agent.proto

import type { DockerProxy as _seawall_v1_DockerProxy, DockerProxy__Output as _seawall_v1_DockerProxy__Output } from '../../seawall/v1/DockerProxy.ts';

export interface EngineFacts {
  'version'?: (string);
  'swarm'?: (boolean);
  /**
   * families in which Docker keeps rules of its own: IPv4, IPv6
   */
  'dockerRules'?: (string)[];
  /**
   * families in which iptables sees what stays on one bridge
   */
  'bridgeNf'?: (string)[];
  'proxies'?: (_seawall_v1_DockerProxy)[];
  /**
   * what Docker keeps its own rules in: iptables | nftables
   */
  'firewall'?: (string);
}

export interface EngineFacts__Output {
  'version': (string);
  'swarm': (boolean);
  /**
   * families in which Docker keeps rules of its own: IPv4, IPv6
   */
  'dockerRules': (string)[];
  /**
   * families in which iptables sees what stays on one bridge
   */
  'bridgeNf': (string)[];
  'proxies': (_seawall_v1_DockerProxy__Output)[];
  /**
   * what Docker keeps its own rules in: iptables | nftables
   */
  'firewall': (string);
}
