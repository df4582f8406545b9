// What decided a change: a proposal, which can be opened, or something else by its name.
import { Link } from 'wouter';

export function Source({ source }: { readonly source: string }) {
  const [, id] = /^proposal\/(.+)$/.exec(source) ?? [];
  return id === undefined ? source : <Link href={`/governance/${id}`}>a proposal</Link>;
}
