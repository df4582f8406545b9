// A record of the burn log.
import { Link } from 'wouter';

export function BurnLink({ seq }: { readonly seq: number }) {
  return <Link href="/transparency">burn record {seq}</Link>;
}
