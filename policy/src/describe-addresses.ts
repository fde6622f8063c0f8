import { addressSetOf, isEmptyAddressSet, subtractAddressSets } from "./address-set.ts";
import { type Cidr, cidrOfText, formatAddress, lastAddress, singleAddress } from "./cidr.ts";
import type { AddressSet } from "./desired-state.ts";

const MOST_BLOCKS = 4;

/** `10.0.0.0/8 except 10.20.0.0/16`: a set of one family in the fewest words. `anywhere` is all of it. */
export function describeAddresses(set: AddressSet): string {
  const blocks = [...set.v4, ...set.v6];
  const cover = coverOf(blocks.map(cidrOfText));
  if (cover === undefined) return "nowhere";
  const holes = subtractAddressSets(addressSetOf([cover]), set);
  const around = cover.prefix === 0 ? "anywhere" : textOf(addressSetOf([cover]));
  if (isEmptyAddressSet(holes)) return around;
  const isShorter = holes.v4.length + holes.v6.length < blocks.length;
  return isShorter ? `${around} except ${textOf(holes)}` : textOf(set);
}

/** The smallest block that all of these lie in. */
function coverOf(blocks: readonly Cidr[]): Cidr | undefined {
  const [first] = blocks;
  if (first === undefined) return undefined;
  const last = blocks.reduce(
    (most, block) => (lastAddress(block) > most ? lastAddress(block) : most),
    0n,
  );
  let cover = first;
  while (lastAddress(cover) < last) {
    const prefix = cover.prefix - 1;
    const behind = lastAddress(cover) - cover.network + 1n;
    cover = { ...cover, prefix, network: cover.network & ~behind };
  }
  return cover;
}

function textOf({ v4, v6 }: AddressSet): string {
  const blocks = [...v4, ...v6];
  const more = blocks.length - MOST_BLOCKS;
  const shown = blocks.slice(0, more > 1 ? MOST_BLOCKS : undefined).map((block) => {
    const single = singleAddress(block);
    return single === undefined ? block : formatAddress(single);
  });
  return [...shown, ...(more > 1 ? [`${String(more)} more blocks`] : [])].join(", ");
}
