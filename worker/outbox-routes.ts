// Which workflow hears of an outbox event (DESIGN 5): one line a kind. Workflow ids follow from the entity's, so
// that a second delivery meets the first one's workflow.
import type { SearchAttributePair } from '@temporalio/common';
import { z } from 'zod';
import type { OutboxEvent } from '../services/outbox';
import type { ProposalTerms } from '../activities/governance';
import type { ImoTerms } from '../activities/imos';
import type { MonitorTerms } from '../activities/margin';
import type { MarketTerms } from '../activities/predictions';
import type { VideoTerms } from '../activities/videos';
import type { WarRoundTerms } from '../activities/wars';
import {
  buybackSearchAttributes,
  buybackSummary,
  type BuybackTerms,
} from '../workflows/buyback-and-burn';
import {
  perkChosenSignal,
  warRoundSearchAttributes,
  warRoundSummary,
} from '../workflows/compute-wars-round';
import {
  proposalSearchAttributes,
  proposalSummary,
  votedSignal,
} from '../workflows/governance-proposal';
import { imoSearchAttributes, imoSummary } from '../workflows/imo-launch';
import {
  closedSignal,
  keyCrossedSignal,
  monitorSearchAttributes,
  monitorSummary,
} from '../workflows/margin-monitor';
import {
  disputedSignal,
  predictionSearchAttributes,
  predictionSummary,
} from '../workflows/prediction-market';
import type { RedemptionRequest } from '../workflows/redemption';
import { lxEntity, lxKind, lxStatus, lxUser } from '../workflows/search-attributes';
import { videoSearchAttributes, videoSummary } from '../workflows/video-job';
import { unstakeSearchAttributes, unstakeSummary, type UnstakeRequest } from '../workflows/unstake';

/** The workflow to start, or to signal if it runs already. */
export interface OutboxTarget {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly args: readonly unknown[];
  /** One line for the Temporal UI. */
  readonly summary: string;
  readonly searchAttributes: SearchAttributePair[];
  /** For events after the birth; it carries the event's id, for a delivery may repeat. */
  readonly signal?: { readonly name: string; readonly args: readonly unknown[] };
}

/** Throws for an event that no workflow can hear of. */
type OutboxRoute = (event: OutboxEvent) => OutboxTarget;
export type OutboxRoutes = Readonly<Record<string, OutboxRoute>>;

const redemptionRequested = z.object({
  redemptionId: z.uuid(),
  userId: z.uuid(),
  amount: z.string(),
});

const buybackOpened = z.object({
  buybackId: z.string(),
  kind: z.enum(['weekly', 'extra']),
  spreadMs: z.int(),
});

const imoAnnounced = z.object({
  imoId: z.uuid(),
  modelId: z.string(),
  closesAt: z.string(),
  expiresAt: z.string(),
});

const unstakeAsked = z.object({
  unstakeId: z.uuid(),
  userId: z.uuid(),
  amount: z.string(),
  unlockAt: z.iso.datetime(),
});
const videoSubmitted = z.object({
  videoId: z.uuid(),
  userId: z.uuid(),
  modelId: z.string(),
  seconds: z.int(),
  submittedAt: z.iso.datetime(),
  deadlineAt: z.iso.datetime(),
  pollMs: z.int(),
});
const warRound = z.object({ roundId: z.string(), startsAt: z.string(), endsAt: z.string() });

function warRoundTarget({ payload }: OutboxEvent): OutboxTarget {
  const terms: WarRoundTerms = warRound.parse(payload);
  return {
    workflowType: 'computeWarsRound',
    workflowId: `wars/${terms.roundId}`,
    args: [terms],
    summary: warRoundSummary(terms),
    searchAttributes: warRoundSearchAttributes(terms),
  };
}

const proposalMade = z.object({
  proposalId: z.uuid(),
  proposerId: z.uuid(),
  subject: z.string(),
});

function proposalTarget({ payload }: OutboxEvent): OutboxTarget {
  const terms: ProposalTerms = proposalMade.parse(payload);
  return {
    workflowType: 'governanceProposal',
    workflowId: `proposal/${terms.proposalId}`,
    args: [terms],
    summary: proposalSummary(terms),
    searchAttributes: proposalSearchAttributes(terms),
  };
}

const predictionProposed = z.object({
  marketId: z.uuid(),
  proposerId: z.uuid(),
  question: z.string(),
});

function predictionTarget({ payload }: OutboxEvent): OutboxTarget {
  const terms: MarketTerms = predictionProposed.parse(payload);
  return {
    workflowType: 'predictionMarket',
    workflowId: `prediction/${terms.marketId}`,
    args: [terms],
    summary: predictionSummary(terms),
    searchAttributes: predictionSearchAttributes(terms),
  };
}

const positionTold = z.object({
  positionId: z.uuid(),
  userId: z.uuid(),
  side: z.enum(['long', 'short']),
});

function monitorTarget({ payload }: OutboxEvent): OutboxTarget {
  const terms: MonitorTerms = positionTold.parse(payload);
  return {
    workflowType: 'marginMonitor',
    workflowId: `margin/${terms.positionId}`,
    args: [terms],
    summary: monitorSummary(terms),
    searchAttributes: monitorSearchAttributes(terms),
  };
}

export const outboxRoutes: OutboxRoutes = {
  'buyback.opened': ({ payload }) => {
    const terms: BuybackTerms = buybackOpened.parse(payload);
    return {
      workflowType: 'buybackAndBurn',
      workflowId: `buyback/${terms.buybackId}`,
      args: [terms],
      summary: buybackSummary(terms),
      searchAttributes: buybackSearchAttributes(terms.buybackId),
    };
  },
  'imo.announced': ({ payload }) => {
    const terms: ImoTerms = imoAnnounced.parse(payload);
    return {
      workflowType: 'imoLaunch',
      workflowId: `imo/${terms.imoId}`,
      args: [terms],
      summary: imoSummary(terms),
      searchAttributes: imoSearchAttributes(terms),
    };
  },
  'margin.opened': monitorTarget,
  'margin.crossed': (event) => ({
    ...monitorTarget(event),
    signal: { name: keyCrossedSignal.name, args: [String(event.id)] },
  }),
  'margin.closed': (event) => ({
    ...monitorTarget(event),
    signal: { name: closedSignal.name, args: [String(event.id)] },
  }),
  'prediction.proposed': predictionTarget,
  'prediction.disputed': (event) => ({
    ...predictionTarget(event),
    signal: { name: disputedSignal.name, args: [String(event.id)] },
  }),
  'proposal.made': proposalTarget,
  'proposal.voted': (event) => ({
    ...proposalTarget(event),
    signal: { name: votedSignal.name, args: [String(event.id)] },
  }),
  'redemption.requested': ({ payload, requestId }) => {
    const { redemptionId, userId, amount } = redemptionRequested.parse(payload);
    return {
      workflowType: 'redemption',
      workflowId: `redemption/${redemptionId}`,
      args: [{ redemptionId, userId, amount, requestId } satisfies RedemptionRequest],
      summary: `Redemption of ${amount} Credits`,
      searchAttributes: [
        { key: lxKind, value: 'redemption' },
        { key: lxEntity, value: redemptionId },
        { key: lxUser, value: userId },
        { key: lxStatus, value: 'pending' },
      ],
    };
  },
  'unstake.asked': ({ payload }) => {
    const request: UnstakeRequest = unstakeAsked.parse(payload);
    return {
      workflowType: 'unstake',
      workflowId: `unstake/${request.unstakeId}`,
      args: [request],
      summary: unstakeSummary(request),
      searchAttributes: unstakeSearchAttributes(request),
    };
  },
  'video.submitted': ({ payload }) => {
    const terms: VideoTerms = videoSubmitted.parse(payload);
    return {
      workflowType: 'videoJob',
      workflowId: `video/${terms.videoId}`,
      args: [terms],
      summary: videoSummary(terms),
      searchAttributes: videoSearchAttributes(terms),
    };
  },
  'war.opened': warRoundTarget,
  'war.perk_chosen': (event) => ({
    ...warRoundTarget(event),
    signal: { name: perkChosenSignal.name, args: [String(event.id)] },
  }),
};
