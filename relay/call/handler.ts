// A call from request to answer: read, counted, reserved, then answered in the form that its endpoint has (whitepaper 3.1,
// DESIGN 2.2). Every endpoint that is billed passes through here.
import type { Request, Response } from 'express';
import { DomainError } from '../../domain/errors';
import type { Catalog, CatalogModel } from '../../services/catalog/catalog';
import { requireUnit } from '../../services/catalog/price-versions';
import type { Billing } from '../billing';
import { principalOf, requireAllowedModel } from '../caller';
import { requireModel } from '../models';
import { passBytes } from './bytes';
import { completeCall } from './complete';
import type { CallDeps, RelayedCall } from './relayed-call';
import type { ReadCall, RelayedRequest } from './request';
import { requireChannels } from './served';
import { submitJob } from './job';
import { streamCall } from './stream';

export interface HandlerDeps extends CallDeps {
  readonly catalog: Catalog;
  readonly billing: Billing;
  /** Whether a user could pay for anything at all. */
  readonly hasCredits: (userId: string) => Promise<boolean>;
}

/** The header that tells a caller that their funds shortened the answer. */
const clampedHeader = 'x-lx-clamped-max-tokens';

function answer(call: RelayedCall): Promise<void> {
  const { answer: form } = call.request;
  switch (form.by) {
    case 'events':
      return streamCall(call, form);
    case 'bytes':
      return passBytes(call);
    case 'job':
      return submitJob(call, form);
    case 'text':
    case 'json':
      return completeCall(call, form);
  }
}

/** Before any work is done for a call, its model must be of its unit, and the caller have any Credits. @throws DomainError */
async function requireWorthwhile(
  { unit = 'tokens' }: RelayedRequest,
  { version }: CatalogModel,
  userId: string,
  { hasCredits }: HandlerDeps,
): Promise<void> {
  requireUnit(version, unit);
  if (await hasCredits(userId)) return;
  throw new DomainError('INSUFFICIENT_FUNDS', 'There are no Credits to pay for it.');
}

/**
 * Serves callers who were let in, with the body parsed.
 * @param read makes of the body what the call needs
 */
export function createCallHandler(deps: HandlerDeps, read: ReadCall) {
  const { catalog, billing, tokens } = deps;
  return async (request: Request, response: Response): Promise<void> => {
    const startedAt = performance.now();
    const principal = principalOf(response);
    const id = response.locals.requestId as string;
    let relayed = read(request.body, { id, headers: request.headers });
    requireAllowedModel(principal, relayed.model);
    const model = requireModel(catalog, relayed.model);
    requireChannels(model, relayed.channelKind);
    if (relayed.measure) {
      await requireWorthwhile(relayed, model, principal.userId, deps);
      relayed = { ...relayed, choices: await relayed.measure(principal.userId) };
    }
    const counted = await tokens.countInput(
      (isKnown) => relayed.tallyInput(isKnown),
      model.version,
    );
    const billed = await billing.begin({
      callId: id,
      userId: principal.userId,
      keyId: principal.keyId,
      endpoint: relayed.endpoint,
      modelId: model.id,
      priceVersionHint: model.version.id,
      isScarceHint: model.access === 'imo',
      ...counted,
      choices: relayed.choices,
      ...(relayed.inputField ? { inputField: relayed.inputField } : {}),
      ...(relayed.unit ? { unit: relayed.unit } : {}),
      ...(relayed.wish ? { wish: relayed.wish } : {}),
      askedOutput: relayed.askedOutput,
    });
    try {
      if (response.destroyed) {
        await billed.release('client_left');
        return;
      }
      if (billed.reservation.clamped) {
        response.setHeader(clampedHeader, billed.reservation.outputLimit);
      }
      await answer({ ...deps, id, request: relayed, response, billed, startedAt });
    } catch (error) {
      await billed.release('failed');
      throw error;
    }
  };
}
