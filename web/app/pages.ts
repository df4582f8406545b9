// The pages of the console, in the order of the menu; each is loaded when it is first opened.
import { lazy, type ComponentType } from 'react';
import type { Me } from '../session/session';
import { loadFiles } from '../api/load-files';

type PageModule = Promise<{ readonly default: ComponentType }>;

export interface Page {
  /** As the router matches it: `:id` is one part, what ends in `?` may be absent. */
  readonly path: string;
  /** Where the menu leads. */
  readonly href: string;
  readonly name: string;
  readonly component: ComponentType;
}

export interface PageGroup {
  readonly name: string;
  /** Shown to operators alone. The API refuses everybody else whatever a menu shows. */
  readonly isForOperators?: boolean;
  readonly pages: readonly Page[];
}

function page(path: string, name: string, load: () => PageModule): Page {
  return {
    path,
    name,
    href: path.replace(/\/:.*$/, '') || '/',
    component: lazy(() => loadFiles(load)),
  };
}

const pageGroups: readonly PageGroup[] = [
  {
    name: 'Calls',
    pages: [
      page('/', 'Overview', () => import('../overview/overview-page')),
      page('/wallet', 'Wallet', () => import('../wallet/wallet-page')),
      page('/playground', 'Playground', () => import('../playground/playground-page')),
      page('/keys', 'Keys', () => import('../keys/keys-page')),
    ],
  },
  {
    name: 'Market',
    pages: [
      page('/exchange', 'Exchange', () => import('../exchange/exchange-page')),
      page('/margin', 'Margin', () => import('../margin/margin-page')),
      page('/predictions/:id?', 'Predictions', () => import('../predictions/predictions-page')),
    ],
  },
  {
    name: 'Contests',
    pages: [
      page('/wars/:id?', 'Compute Wars', () => import('../wars/wars-page')),
      page('/launchpad/:id?', 'Launchpad', () => import('../launchpad/launchpad-page')),
    ],
  },
  {
    name: 'Rights',
    pages: [
      page('/staking', 'Staking', () => import('../staking/staking-page')),
      page('/governance/:id?', 'Governance', () => import('../governance/governance-page')),
    ],
  },
  {
    name: 'Trust',
    pages: [
      page('/transparency', 'Transparency', () => import('../transparency/transparency-page')),
    ],
  },
  {
    name: 'Operators',
    isForOperators: true,
    pages: [
      page('/operator', 'Queues', () => import('../operator/queues-page')),
      page('/operator/users/:id?', 'Users', () => import('../operator/users-page')),
      page('/operator/treasury', 'Treasury', () => import('../operator/treasury-page')),
      page('/operator/channels', 'Channels', () => import('../operator/channels-page')),
      page('/operator/models', 'Models', () => import('../operator/models-page')),
      page('/operator/audit-log', 'Audit log', () => import('../operator/audit-log-page')),
    ],
  },
];

/** What somebody of a role may open; there is no other page for them. */
export function pageGroupsFor(role: Me['user']['role']): readonly PageGroup[] {
  return pageGroups.filter(({ isForOperators }) => !isForOperators || role === 'operator');
}
