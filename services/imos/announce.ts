// An operator announces an IMO (DESIGN 2.7): a model that answers to holders of quota only, how much of it there is, and
// when. What may change by votes is pinned here.
import { assert, DomainError } from '../../domain/errors';
import { imoTimesAt, type ImoMinimums, type ImoTimes, type ImoWeights } from '../../domain/imo';
import { formatAmount } from '../../domain/money';
import { parameterValue } from '../../domain/parameters';
import { requireReason } from '../../domain/text';
import { isoTime } from '../../domain/time';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { deriveId } from '../../ledger/ids';
import { models } from '../catalog/models';
import { priceVersions } from '../catalog/price-versions';
import { auditAct } from '../identity/audit-log';
import { requireOperator, userStates } from '../identity/user-state';
import { parameters } from '../parameters';
import { imoAnnouncedMessage, imos, type ImoRow } from './imo-rows';
import { presentImo, type Imo } from './imo-views';

export interface ImoOffer extends ImoTimes, ImoMinimums {
  readonly modelId: string;
  /** Units of the model's price. */
  readonly quota: bigint;
  readonly capPerUser: bigint | null;
  readonly reason: string;
}

export interface AnnounceImo extends ImoOffer {
  /** null: the set-up itself. */
  readonly operatorId: string | null;
  /** The request's; with the operator it names the IMO. */
  readonly idempotencyKey: string;
  readonly requestId: string;
}

function idOf(operatorId: string | null, idempotencyKey: string): string {
  return deriveId('imo', operatorId ?? 'set-up', idempotencyKey);
}

/** Nothing happened yet. */
const unbegun = {
  status: 'announced',
  revision: 1,
  subscriptions: 0,
  locked: 0n,
  weightedLocked: 0n,
  openLocks: 0,
  closedAt: null,
  weighed: 0,
  participants: 0,
  participantsLocked: 0n,
  participantsWeight: 0n,
  allocated: 0,
  allocatedQuota: 0n,
  activatedAt: null,
  endedAt: null,
  cancelledBy: null,
  cancelReason: null,
  settledAt: null,
} as const;

/** @throws DomainError FORBIDDEN, USER_FROZEN, INVALID_REQUEST, MODEL_NOT_FOUND, STATE_CONFLICT for an open model */
export const announceImo: Command<AnnounceImo, Imo> = {
  kind: 'announce_imo',
  keys: ({ operatorId, idempotencyKey, modelId }) => ({
    rows: [
      rowKey(imos, idOf(operatorId, idempotencyKey)),
      rowKey(models, modelId),
      ...(operatorId === null ? [] : [rowKey(userStates, operatorId)]),
    ],
  }),
  decide(view, input) {
    const { operatorId, idempotencyKey, requestId, reason, modelId, quota, capPerUser } = input;
    if (operatorId !== null) requireOperator(view, operatorId);
    requireReason(reason);
    const times = imoTimesAt(view.at, input);
    const id = idOf(operatorId, idempotencyKey);
    assert(!view.row(imos, id), 'a stored answer stands before a second request');
    const imo: ImoRow = {
      ...unbegun,
      ...{ opensAt: times.opensAt, closesAt: times.closesAt, expiresAt: times.expiresAt },
      id,
      modelId,
      unit: requireScarceUnit(view, modelId),
      quota,
      capPerUser,
      minParticipants: input.minParticipants,
      minLocked: input.minLocked,
      weights: parameterValue(view.projection(parameters), 'imo.weights'),
      announcedAt: view.at,
      announcedBy: operatorId,
    };
    const logged = auditAct(view.at, {
      operatorId,
      action: 'imo.announce',
      subjectKind: 'imo',
      subjectId: imo.id,
      reason,
      details: {
        model: modelId,
        quota: quota.toString(),
        opensAt: isoTime(imo.opensAt),
        closesAt: isoTime(imo.closesAt),
        expiresAt: isoTime(imo.expiresAt),
        weights: describeWeights(imo.weights),
        ...(capPerUser === null ? {} : { capPerUser: capPerUser.toString() }),
        ...(imo.minLocked === null ? {} : { minLocked: formatAmount(imo.minLocked) }),
        ...(imo.minParticipants === null ? {} : { minParticipants: imo.minParticipants }),
      },
      requestId,
    });
    return {
      rows: [putRow(imos, imo), logged],
      outbox: [imoAnnouncedMessage(imo, requestId)],
      result: presentImo(imo, view.at),
    };
  },
};

/** Text for the audit log. */
function describeWeights(weights: ImoWeights): string {
  return Object.entries(weights)
    .map(([level, weight]) => `${level} ${weight}`)
    .join(', ');
}

/** What the model's price counts. */
function requireScarceUnit(view: View, modelId: string): string {
  const model = view.row(models, modelId);
  const version = model && view.row(priceVersions, model.currentVersionId);
  if (!version) {
    throw new DomainError('MODEL_NOT_FOUND', `The model ${modelId} does not exist.`, {
      param: 'model',
    });
  }
  if (model.access !== 'imo') {
    throw new DomainError(
      'STATE_CONFLICT',
      `The model ${modelId} answers to everybody: give it a price version with access imo first.`,
      { access: model.access },
    );
  }
  return version.unit;
}
