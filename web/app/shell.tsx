// What stands around every page: where to go, who is signed in, whether it is live, and the risks.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { Link, useLocation } from 'wouter';
import { LiveBadge } from '../live/live-badge';
import { useLiveAccount } from '../live/use-live-account';
import { useSignOut, type Me } from '../session/session';
import { Moment } from '../ui/moment';
import { useArrival } from './arrival';
import { useKeptFocus } from './kept-focus';
import { LateNotices } from './late-notices';
import { pageGroupsFor, type PageGroup } from './pages';
import { Risks } from './risks';

interface ShellProps {
  readonly user: Me['user'];
  readonly children: ReactNode;
}

export function Shell({ user, children }: ShellProps) {
  const page = useRef<HTMLElement>(null);
  useLiveAccount(user.id);
  useArrival(page, user.role);
  useKeptFocus(page);
  return (
    <div className="shell">
      <a className="skip" href="#page">
        To the page
      </a>
      <Bar user={user} />
      <main id="page" tabIndex={-1} ref={page}>
        <FrozenNotice user={user} />
        <LateNotices />
        {children}
      </main>
      <footer>
        <Risks />
        <p>
          Charts by{' '}
          <a href="https://www.tradingview.com/" rel="noreferrer">
            TradingView Lightweight Charts™
          </a>
          , copyright (c) 2025 TradingView, Inc.
        </p>
      </footer>
    </div>
  );
}

function FrozenNotice({ user: { frozenAt, frozenReason } }: Pick<ShellProps, 'user'>) {
  if (frozenAt === null) return null;
  return (
    <p role="status" className="notice">
      <strong>Your account is frozen</strong> since <Moment at={frozenAt} />:{' '}
      <span className="user-text">{frozenReason}</span> Reading, cancelling and closing still work.
    </p>
  );
}

function Bar({ user }: Pick<ShellProps, 'user'>) {
  const [location] = useLocation();
  /** It closes with its page. */
  const [openAt, setOpenAt] = useState<string | null>(null);
  const isOpen = openAt === location;
  // It stays closed when somebody comes back.
  useEffect(() => setOpenAt(null), [location]);
  const signOut = useSignOut();
  return (
    <header className="bar" data-open={isOpen || undefined}>
      <div className="bar-head">
        <Link href="/" className="brand">
          L-Exchange
        </Link>
        <LiveBadge />
        <Button
          className="menu-button"
          aria-expanded={isOpen}
          aria-controls="menu"
          onPress={() => setOpenAt(isOpen ? null : location)}
        >
          Menu
        </Button>
      </div>
      <div className="menu" id="menu">
        <nav aria-label="Pages">
          {pageGroupsFor(user.role).map((group) => (
            <MenuGroup key={group.name} {...group} />
          ))}
        </nav>
        <div className="who">
          <span className="handle">{user.handle}</span>
          <a href="/docs/">API documentation</a>
          <Button onPress={() => signOut.mutate()} isDisabled={signOut.isPending}>
            Sign out
          </Button>
          {signOut.error && (
            <p role="alert" className="notice">
              <strong>You may still be signed in.</strong> {signOut.error.message}
            </p>
          )}
        </div>
      </div>
    </header>
  );
}

function MenuGroup({ name, pages }: PageGroup) {
  const [location] = useLocation();
  const isHere = (href: string) =>
    href === '/' ? location === '/' : `${location}/`.startsWith(`${href}/`);
  // A page may stand below another one of the menu.
  const here = pages
    .map(({ href }) => href)
    .filter(isHere)
    .reduce((deepest, href) => (href.length > deepest.length ? href : deepest), '');
  return (
    <div role="group" aria-label={name}>
      <span className="group-name" aria-hidden="true">
        {name}
      </span>
      {pages.map(({ href, name: label }) => (
        <Link key={href} href={href} aria-current={href === here ? 'page' : undefined}>
          {label}
        </Link>
      ))}
    </div>
  );
}
