// Original file: proto/seawall/v1/agent.proto


/**
 * A place where the kernel leads packets into the rules, as it was read back.
 */
export interface Entry {
  /**
   * IPv4 | IPv6 | inet: both, in our table of nftables
   */
  'family'?: (string);
  /**
   * filter | security | seawall
   */
  'table'?: (string);
  /**
   * that the jump stands in; in nftables what it hangs at: forward, input, output
   */
  'chain'?: (string);
  /**
   * DOCKER-USER, SEAWALL, ...
   */
  'leadsTo'?: (string);
  /**
   * of the jump in its chain, 1-based; 0 = it is missing. None in nftables
   */
  'position'?: (number);
  /**
   * nftables only: lower is asked first, filter is 0
   */
  'priority'?: (number);
}

/**
 * A place where the kernel leads packets into the rules, as it was read back.
 */
export interface Entry__Output {
  /**
   * IPv4 | IPv6 | inet: both, in our table of nftables
   */
  'family': (string);
  /**
   * filter | security | seawall
   */
  'table': (string);
  /**
   * that the jump stands in; in nftables what it hangs at: forward, input, output
   */
  'chain': (string);
  /**
   * DOCKER-USER, SEAWALL, ...
   */
  'leadsTo': (string);
  /**
   * of the jump in its chain, 1-based; 0 = it is missing. None in nftables
   */
  'position': (number);
  /**
   * nftables only: lower is asked first, filter is 0
   */
  'priority': (number);
}
