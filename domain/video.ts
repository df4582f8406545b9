// A video as a job at an upstream (DESIGN 2.2): its states, and its name to callers.

export const videoStatuses = ['queued', 'in_progress', 'completed', 'failed'] as const;
/** The last two are for ever. */
export type VideoStatus = (typeof videoStatuses)[number];

/** Why one is given up: its upstream knows it no more, or did not end it in time. */
export const videoLosses = ['missing', 'overdue'] as const;
export type VideoLoss = (typeof videoLosses)[number];

export function hasEnded(status: VideoStatus): boolean {
  return status === 'completed' || status === 'failed';
}

/** As callers know it, of the call's id: `video_` and 32 hexadecimal digits. */
export function videoNameOf(callId: string): string {
  return `video_${callId.replaceAll('-', '')}`;
}

/** The call's id; undefined for what names no video. */
export function callIdOfVideo(name: string): string | undefined {
  const [, ...parts] = /^video_(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(name) ?? [];
  const id = parts.join('-');
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined;
}
