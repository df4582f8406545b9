// IP allow-lists of keys (DESIGN 2.2): addresses and CIDR blocks. An IPv4 address that comes in by an IPv6 socket
// is the IPv4 address.
import ipaddr from 'ipaddr.js';

type Block = ReturnType<typeof ipaddr.parseCIDR>;

function parseBlock(text: string): Block | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  // isValid alone would take "1" for 0.0.0.1
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** True for an address or a CIDR block. */
export function isAddressOrBlock(text: string): boolean {
  return parseBlock(text) !== undefined;
}

function contains([network, bits]: Block, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** Whether an address is in one of the blocks; one that cannot be read is in none. */
export function isAddressAllowed(address: string, allowList: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return allowList.some((text) => {
    const block = parseBlock(text);
    return block !== undefined && contains(block, parsed);
  });
}

/** Whether every block of `part` lies within a block of `whole`. */
export function isAllowListWithin(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((text) => {
    const inner = parseBlock(text);
    return whole.some((wholeText) => {
      const outer = parseBlock(wholeText);
      return inner && outer && inner[1] >= outer[1] && contains(outer, inner[0]);
    });
  });
}
