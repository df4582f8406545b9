// Settlements of prediction markets (docs/formats/prediction-manifest.md): each market that is settled or void has paid
// what its manifest says and the rule makes, and has burned the rest. A manifest never changes: it is read once.
import { createHash } from 'node:crypto';
import { openCheckpoint } from '../../domain/checkpoint';
import { formatAmount } from '../../domain/money';
import { findWrongManifest, settledMarketShape, type SettledMarket } from './manifest';
import { BadAnswer } from './server';
import {
  fails,
  holds,
  note,
  type Line,
  type SeenBurn,
  type Subject,
  type Verification,
} from './verification';

/** Of those that are wrong, so many are told one by one. */
const maxTold = 20;

/** As it is remembered. */
function nameOf({ id }: SettledMarket): string {
  return `prediction ${id}`;
}

/** What is remembered: the manifest's hash, and one of all that was compared with it. */
function memoOf(market: SettledMarket): string {
  const text = JSON.stringify(market, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return `${market.settlement.manifestHash} ${createHash('sha256').update(text).digest('hex')}`;
}

function checkBurn(market: SettledMarket, burn: SeenBurn | undefined): string | undefined {
  const { burned, burnSeq } = market.settlement;
  if ((burnSeq === null) !== (burned === 0n)) {
    return `it says that it burned ${formatAmount(burned)} LCO as burn ${burnSeq ?? 'none'}`;
  }
  if (burnSeq === null) return undefined;
  const isIts =
    burn?.kind === 'prediction_fee' && burn.sourceRef === market.id && burn.amount === burned;
  return isIts ? undefined : `burn ${burnSeq} is not of the ${formatAmount(burned)} LCO it burned`;
}

async function findWrong(
  { server, burns, memory }: Subject,
  market: SettledMarket,
): Promise<{ readonly wrong: string | undefined; readonly wasRead: boolean }> {
  const { burnSeq, manifestHash } = market.settlement;
  const known = memory?.roots[nameOf(market)];
  if (known !== undefined && !known.startsWith(`${manifestHash} `)) {
    const wrong = `ITS MANIFEST WAS CHANGED: on ${memory?.seenAt} its hash was ${known.split(' ')[0]}`;
    return { wrong, wasRead: false };
  }
  const wrongBurn = checkBurn(market, burnSeq === null ? undefined : burns[burnSeq]);
  if (wrongBurn !== undefined || known === memoOf(market)) {
    return { wrong: wrongBurn, wasRead: false };
  }
  try {
    const bytes = await server.bytes(`/predictions/${market.id}/manifest`);
    return { wrong: findWrongManifest(market, bytes), wasRead: true };
  } catch (error) {
    if (!(error instanceof BadAnswer)) throw error;
    return { wrong: error.message, wasRead: true };
  }
}

/** Fees are burned by settlements alone. */
function findStrayBurn(
  burns: readonly SeenBurn[],
  markets: readonly SettledMarket[],
): string | undefined {
  const said = new Set(markets.map(({ settlement }) => settlement.burnSeq));
  const stray = burns.find(({ seq, kind }) => kind === 'prediction_fee' && !said.has(seq));
  return stray && `burn ${stray.seq} is said to be of ${stray.sourceRef}, no market says so`;
}

/** Those whose burns were read, and how many were settled since then. */
async function splitNew({ server, key, burns }: Subject, markets: readonly SettledMarket[]) {
  const isOld = ({ settlement: { burnSeq } }: SettledMarket) => (burnSeq ?? -1) < burns.length;
  const old = markets.filter(isOld);
  if (old.length === markets.length) return { old, newer: 0 };
  const { size } = openCheckpoint(await server.text('/burns/head'), key);
  const unburned = markets.find(({ settlement: { burnSeq } }) => (burnSeq ?? -1) >= size);
  if (unburned) throw new BadAnswer(`the burn log has no burn of the market ${unburned.id}`);
  return { old, newer: markets.length - old.length };
}

function* findGone({ memory }: Subject, markets: readonly SettledMarket[]): Iterable<Line> {
  const names = new Set(markets.map(nameOf));
  for (const name of Object.keys(memory?.roots ?? {})) {
    if (!name.startsWith('prediction ') || names.has(name)) continue;
    yield fails(`THE SETTLEMENT OF ${name} IS GONE: it was seen on ${memory?.seenAt}`);
  }
}

async function* verifyPredictions(subject: Subject): AsyncGenerator<Line> {
  const { server, burns, seen } = subject;
  const settled = await server.list('/predictions?status=settled', settledMarketShape);
  const voided = await server.list('/predictions?status=void', settledMarketShape);
  const markets = [...(settled ?? []), ...(voided ?? [])];
  yield* findGone(subject, markets);
  const stray = findStrayBurn(burns, markets);
  if (stray !== undefined) yield fails(stray);
  if (markets.length === 0) {
    yield note('no prediction market was settled yet');
    return;
  }
  const { old, newer } = await splitNew(subject, markets);
  let wrongs = 0;
  let reads = 0;
  for (const market of old) {
    const { wrong, wasRead } = await findWrong(subject, market);
    if (wasRead) reads++;
    if (wrong === undefined) seen.roots[nameOf(market)] = memoOf(market);
    else if (++wrongs <= maxTold) yield fails(`prediction ${market.id}: ${wrong}`);
  }
  if (wrongs > maxTold) yield fails(`${wrongs - maxTold} more prediction markets are wrong`);
  if (wrongs === 0) {
    yield holds(
      `${old.length} prediction markets paid what the rule makes of their lots and burned the rest; ${reads} manifests were read, the others on earlier visits`,
    );
  }
  if (newer > 0) yield note(`${newer} markets were settled meanwhile: they are for the next visit`);
}

export const predictionsVerification: Verification = {
  title: 'prediction markets',
  run: verifyPredictions,
};
