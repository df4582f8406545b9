// Where a channel may point (DESIGN 2.2): no private, loopback or link-local address unless the operator of the
// machine allows it. A name is looked up, and checked, when the relay connects.
import ipaddr from 'ipaddr.js';
import { DomainError } from '../../domain/errors';

/** All that IPv6 has given out so far (RFC 4291, 2.4); outside of it stand old spellings of IPv4 such as ::7f00:1. */
const globalIPv6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether an address is one of the public Internet: none of the reserved ranges, IPv4 in IPv6 included. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  if (address instanceof ipaddr.IPv6 && !address.match(globalIPv6)) return false;
  return address.range() === 'unicast';
}

/** Names that are never looked up in the public DNS (RFC 6761, 6762, 8375, 9476 and ICANN's .internal). */
const localName = /(^|\.)(localhost|local|internal|home\.arpa|alt)$/;

const maxLength = 500;

/**
 * The one spelling of a channel's base URL: no slash at its end.
 * @throws DomainError INVALID_REQUEST for what is no plain http(s) URL, UPSTREAM_NOT_ALLOWED where only public ones
 * are allowed: for another address, and for http, which would send the key in the clear.
 */
export function normaliseBaseUrl(text: string, allowPrivate: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !url ||
    text.length > maxLength ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.password !== '' ||
    /[?#]/.test(text)
  ) {
    throw new DomainError(
      'INVALID_REQUEST',
      'baseUrl must be an http or https URL without user, query and fragment.',
    );
  }
  if (!allowPrivate) requirePublic(url);
  return url.href.replace(/\/+$/, '');
}

function requirePublic({ protocol, hostname }: URL): void {
  // URL has brought every spelling of an IPv4 address (0x7f.1, 2130706433) into the usual one.
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isAddress = ipaddr.isValid(host);
  if (protocol !== 'https:' || (isAddress ? !isPublicAddress(host) : isLocalName(host))) {
    throw new DomainError(
      'UPSTREAM_NOT_ALLOWED',
      'baseUrl must be https and public; ALLOW_PRIVATE_UPSTREAMS=1 allows others.',
    );
  }
}

function isLocalName(host: string): boolean {
  return !host.includes('.') || localName.test(host);
}
