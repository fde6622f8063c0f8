/**
 * The bit of a connection's mark that ends it, whoever of both sends next. An entry of conntrack that is only
 * deleted comes back with the next packet, in the other direction if need be.
 */
export const cutMark = 0x4000_0000;
