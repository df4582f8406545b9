// What stands around every page: where to go, who is signed in, and the risks.
import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Link } from 'wouter';
import { useSignOut } from '../session/session';
import { Risks } from './risks';

const pages: readonly (readonly [path: string, name: string])[] = [
  ['/', 'Overview'],
  ['/playground', 'Playground'],
  ['/keys', 'Keys'],
  ['/staking', 'Staking'],
];

export function Shell({
  handle,
  children,
}: {
  readonly handle: string;
  readonly children: ReactNode;
}) {
  const signOut = useSignOut();
  return (
    <div className="shell">
      <header>
        <span className="brand">L-Exchange</span>
        <nav aria-label="Pages">
          {pages.map(([path, name]) => (
            <Link key={path} href={path} className={(isHere) => (isHere ? 'here' : '')}>
              {name}
            </Link>
          ))}
          <a href="/docs/">API</a>
        </nav>
        <span className="who">{handle}</span>
        <Button onPress={() => signOut.mutate()}>Sign out</Button>
      </header>
      <main>{children}</main>
      <footer>
        <Risks />
      </footer>
    </div>
  );
}
