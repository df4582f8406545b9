// How many videos a channel is still making: it keeps its key, and what they are asked for by, until they have ended.
import { defineLookup } from '../../ledger/table';

export const openVideosOfChannel = defineLookup<{ readonly count: number }>({
  name: 'open videos of channels',
  keyType: 'uuid',
  sql: `
    select channel_id as key, count(*)::int as count from videos
    where ended_at is null and channel_id = any($1::uuid[]) group by channel_id`,
});
