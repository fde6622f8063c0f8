// Original file: proto/seawall/v1/agent.proto


export interface Versions {
  'agent'?: (string);
  'docker'?: (string);
  'iptables'?: (string);
  /**
   * iptables-nft | iptables-legacy | "iptables-legacy, ip6tables-nft" and the reverse | nftables
   */
  'backend'?: (string);
  'kernel'?: (string);
  /**
   * where the rules are kept in nftables; iptables is empty there
   */
  'nft'?: (string);
}

export interface Versions__Output {
  'agent': (string);
  'docker': (string);
  'iptables': (string);
  /**
   * iptables-nft | iptables-legacy | "iptables-legacy, ip6tables-nft" and the reverse | nftables
   */
  'backend': (string);
  'kernel': (string);
  /**
   * where the rules are kept in nftables; iptables is empty there
   */
  'nft': (string);
}
