// A video's commits (DESIGN 2.2): its reservation passes from the process that submitted it to its workflow, which settles
// or releases it once the upstream's job has ended.
import { assert } from '../../domain/errors';
import { putRow, rowKey, type Command, type View } from '../../ledger/command';
import { callKeys, relayCalls, requireLiveCall, type CallName } from '../calls/relay-calls';
import { releaseKeys, releaseLiveCall } from '../calls/relay-release';
import { settleCall, type SettleInput } from '../calls/relay-settlement';
import {
  isOpen,
  stateOf,
  videos,
  videoSubmittedMessage,
  type VideoRow,
  type VideoState,
} from './video-rows';

/** A job that an upstream has accepted. */
export interface SubmittedVideo extends Pick<
  VideoRow,
  'channelId' | 'upstreamId' | 'seconds' | 'unitsPerSecond' | 'size' | 'pollMs'
> {
  readonly status: 'queued' | 'in_progress';
  readonly progress: number;
  /** How long it may take. */
  readonly deadlineMs: number;
}

export type SubmitVideo = CallName & SubmittedVideo;

/**
 * Hands a live call over to the workflow of its video; a repeat changes nothing.
 * Refuses only RESERVATION_ENDED: its process was thought dead, and the call was released.
 */
export const submitVideo: Command<SubmitVideo, VideoRow> = {
  kind: 'video_submit',
  keys: (input) => ({ rows: [rowKey(relayCalls, input.callId), rowKey(videos, input.callId)] }),
  decide(view, { callId, keyId: _keyId, deadlineMs, ...job }) {
    const known = view.row(videos, callId);
    if (known) return { result: known };
    const call = requireLiveCall(view, callId);
    const row: VideoRow = {
      ...job,
      id: callId,
      modelId: call.modelId,
      submittedAt: view.at,
      deadlineAt: view.at + deadlineMs,
      endedAt: null,
      expiresAt: null,
      errorCode: null,
      errorMessage: null,
    };
    return {
      // No process beats its heart for it any more.
      rows: [putRow(relayCalls, { ...call, processId: null }), putRow(videos, row)],
      outbox: [videoSubmittedMessage(row)],
      result: row,
    };
  },
};

export interface CompleteVideo extends SettleInput {
  readonly expiresAt: number | null;
}

/** Settles the call of a video that was made; one that has ended stays as it is. */
export const completeVideo: Command<CompleteVideo, VideoState> = {
  kind: 'video_complete',
  keys(input) {
    const { accounts = [], rows = [] } = settleCall.keys(input);
    return { accounts, rows: [...rows, rowKey(videos, input.callId)] };
  },
  decide(view, { expiresAt, ...settling }) {
    const row = requireVideo(view, settling.callId);
    if (!isOpen(row)) return { result: stateOf(row) };
    const { result: _settlement, ...settled } = settleCall.decide(view, settling);
    const ended = { ...row, status: 'completed', progress: 100, endedAt: view.at, expiresAt };
    return {
      ...settled,
      rows: [...(settled.rows ?? []), putRow(videos, ended)],
      result: stateOf(ended),
    };
  },
};

export interface FailVideo extends CallName {
  readonly code: string;
  readonly message: string;
}

/** Releases the call of a video that will not be made; one that has ended stays as it is. */
export const failVideo: Command<FailVideo, VideoState> = {
  kind: 'video_fail',
  keys(input) {
    const { accounts, rows } = releaseKeys(input);
    return { accounts, rows: [...rows, ...callKeys(input), rowKey(videos, input.callId)] };
  },
  decide(view, { callId, code, message }) {
    const row = requireVideo(view, callId);
    if (!isOpen(row)) return { result: stateOf(row) };
    const released = releaseLiveCall(view, requireLiveCall(view, callId), code);
    const ended = {
      ...row,
      status: 'failed',
      endedAt: view.at,
      errorCode: code,
      errorMessage: message,
    };
    return {
      ...released,
      rows: [...released.rows, putRow(videos, ended)],
      result: stateOf(ended),
    };
  },
};

function requireVideo(view: View, id: string): VideoRow {
  const row = view.row(videos, id);
  assert(row, `the video ${id} exists`);
  return row;
}
