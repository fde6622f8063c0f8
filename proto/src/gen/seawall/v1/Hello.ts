// Original file: proto/seawall/v1/agent.proto


export interface Hello {
  'agentVersion'?: (string);
  /**
   * proc/sys/kernel/random/boot_id
   */
  'bootId'?: (string);
  /**
   * random per agent start; two that take turns mean a copied host
   */
  'instanceId'?: (string);
}

export interface Hello__Output {
  'agentVersion': (string);
  /**
   * proc/sys/kernel/random/boot_id
   */
  'bootId': (string);
  /**
   * random per agent start; two that take turns mean a copied host
   */
  'instanceId': (string);
}
