// What time it is for reads of committed rows: the database's, in whole milliseconds that are over, as journal time is
// taken from it.

/** An expression for milliseconds since 1970, a bigint. */
export const nowMsSql = 'floor(extract(epoch from clock_timestamp()) * 1000)::bigint';
