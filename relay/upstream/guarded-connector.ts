// Connections that cannot be talked into a private network (DESIGN 2.2 "Upstreams"): the addresses that a name
// resolves to are checked at the moment of connecting, so neither a change of DNS nor a literal address gets around it.
import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { isPublicAddress } from '../../services/catalog/upstream-url';

class AddressRefused extends Error {
  override readonly name = 'AddressRefused';

  constructor(address: string) {
    super(`${address} is no public address`);
  }
}

type LookupCallback = (
  error: Error | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** `dns.lookup` that refuses a name if any of its addresses is not public. */
function lookupPublic(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const refused = addresses?.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses ?? [];
    if (error) callback(error, []);
    else if (refused || !first) callback(new AddressRefused(refused?.address ?? hostname), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

/** Opens the sockets of a pool; with `allowPrivate` to any address. */
export function createConnector(
  connectTimeoutMs: number,
  allowPrivate: boolean,
): buildConnector.connector {
  if (allowPrivate) return buildConnector({ timeout: connectTimeoutMs });
  const connect = buildConnector({ timeout: connectTimeoutMs, lookup: lookupPublic });
  return (options, callback) => {
    // A literal address is not looked up.
    const host = options.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) && !isPublicAddress(host)) callback(new AddressRefused(host), null);
    else connect(options, callback);
  };
}
