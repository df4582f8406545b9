// Videos as their owners see them (DESIGN 2.2): nobody else is told that they exist.
import type { Knex } from 'knex';
import { DomainError } from '../../domain/errors';
import { callIdOfVideo } from '../../domain/video';
import { videoColumns, type VideoRow } from './video-rows';

export interface VideoList {
  /** Of all, or those that follow this one, `video_…`. */
  readonly after?: string | undefined;
  readonly limit: number;
  /** Of their submission. */
  readonly order: 'asc' | 'desc';
}

export interface Videos {
  /** @param name `video_…` @throws DomainError NOT_FOUND for what is not the user's, too */
  find(userId: string, name: string): Promise<VideoRow>;
  /** The user's own. @throws DomainError NOT_FOUND for an `after` that is not */
  list(
    userId: string,
    wish: VideoList,
  ): Promise<{ readonly videos: readonly VideoRow[]; readonly hasMore: boolean }>;
}

export function createVideos(db: Knex): Videos {
  async function find(userId: string, name: string): Promise<VideoRow> {
    const id = callIdOfVideo(name);
    const row = id === undefined ? undefined : await findVideo(db, id);
    if (row?.userId === userId) return row;
    throw new DomainError('NOT_FOUND', `There is no video '${name.slice(0, 100)}'.`, {
      param: 'video_id',
    });
  }

  return {
    find,

    async list(userId, { after, limit, order }) {
      const query = db({ v: 'videos' })
        .select<VideoRow[]>(videoColumns)
        .where('v.user_id', userId)
        .orderBy([
          { column: 'v.submitted_at', order },
          { column: 'v.id', order },
        ])
        .limit(limit + 1);
      if (after !== undefined) {
        const { id, submittedAt } = await find(userId, after);
        void query.whereRaw(`(v.submitted_at, v.id) ${order === 'desc' ? '<' : '>'} (?, ?)`, [
          new Date(submittedAt),
          id,
        ]);
      }
      const rows = await query;
      return { videos: rows.slice(0, limit), hasMore: rows.length > limit };
    },
  };
}

export function findVideo(db: Knex, id: string): Promise<VideoRow | undefined> {
  return db({ v: 'videos' }).first<VideoRow | undefined>(videoColumns).where('v.id', id);
}
