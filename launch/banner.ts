// What `npm start` prints once everything runs (DESIGN 7).
import { styleText } from 'node:util';
import { changedWindows, type Windows } from '../config/windows';
import type { Login } from './provision/provision';

export interface BannerFacts {
  api: string;
  temporalUi: string | undefined;
  temporalAddress: string;
  demoKey: string | undefined;
  /** Whether the demo's traders keep the market alive. */
  hasDemoMarket?: boolean;
  operatorKey: string;
  secondOperatorKey: string;
  operatorLogins: readonly Login[];
  /** Undefined when the mock answers. */
  upstreamBaseUrl: string | undefined;
  /** A model to try, if there is one. */
  model: string | undefined;
  windows: Windows;
  dataDir: string;
  tookMs: number;
}

const demoMarket =
  'LCO-CREDIT with seven days behind it; users named demo-… keep its book alive. DEMO=0 on new data: none.';

/** The lines to print; `colour` for a terminal. */
export function renderBanner(facts: BannerFacts, colour: boolean): string {
  const bold = (text: string) => (colour ? styleText('bold', text) : text);
  const dim = (text: string) => (colour ? styleText('dim', text) : text);
  const row = (name: string, value: string) => `  ${dim(name.padEnd(16))}${value}`;
  const seconds = (facts.tookMs / 1000).toFixed(1);
  const upstream =
    facts.upstreamBaseUrl ??
    'MOCK, on this machine: answers are invented. UPSTREAM_BASE_URL and UPSTREAM_API_KEY set a real one.';
  const windows = Object.entries(changedWindows(facts.windows));
  return [
    '',
    bold(`  L-Exchange is ready (${seconds} s)`),
    '',
    row('Console', facts.api),
    row('API', `${facts.api}/api/v1`),
    row('API docs', `${facts.api}/docs`),
    row('Relay', `${facts.api}/v1   (base URL for an OpenAI SDK)`),
    row('Temporal UI', facts.temporalUi ?? `that of ${facts.temporalAddress}`),
    row('Upstream', upstream),
    row('Data', facts.dataDir),
    '',
    row('Demo key', facts.demoKey ?? 'none (DEMO=0)'),
    row('Operator', facts.operatorKey),
    row('Second operator', facts.secondOperatorKey),
    ...facts.operatorLogins.map(({ email, password }) =>
      row('Console sign-in', `${email}  ${password}`),
    ),
    ...(facts.hasDemoMarket ? [row('Demo market', demoMarket)] : []),
    ...(windows.length > 0
      ? ['', row('Windows', windows.map(([name, ms]) => `${name} ${formatMs(ms)}`).join(', '))]
      : []),
    '',
    dim('  Try it:'),
    curlLine(facts),
    ...(facts.hasDemoMarket ? [orderLine(facts)] : []),
    '',
    dim('  Ctrl-C stops everything; the data stays.'),
    '',
  ].join('\n');
}

function curlLine({ api, demoKey, model }: BannerFacts): string {
  const key = demoKey ?? 'YOUR_KEY';
  const body = { model: model ?? 'MODEL', messages: [{ role: 'user', content: 'Hello' }] };
  return `curl ${api}/v1/chat/completions -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

/** A first order: 5 Credits' worth of LCO, at market. */
function orderLine({ api, demoKey }: BannerFacts): string {
  const body = { clientOrderId: 'first-1', side: 'buy', type: 'market', quoteQuantity: '5' };
  return `curl ${api}/api/v1/exchange/orders -H 'Authorization: Bearer ${demoKey ?? 'YOUR_KEY'}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

function formatMs(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, size] = units.find(([, length]) => ms >= length && ms % length === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}
