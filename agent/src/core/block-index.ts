import { type Address, addressBits, type Cidr } from "@seawall/policy";

/** Blocks of one family, asked whether one of them holds an address; as quickly for thousands as for one. */
export interface BlockIndex {
  add(block: Cidr): void;
  has(address: Address): boolean;
}

export function createBlockIndex(): BlockIndex {
  const byLength = new Map<bigint, Set<bigint>>();
  return {
    add: ({ family, network, prefix }) => {
      const hostBits = BigInt(addressBits(family) - prefix);
      const networks = byLength.get(hostBits) ?? new Set();
      byLength.set(hostBits, networks.add(network >> hostBits));
    },
    has: ({ value }) => {
      for (const [hostBits, networks] of byLength) {
        if (networks.has(value >> hostBits)) return true;
      }
      return false;
    },
  };
}
