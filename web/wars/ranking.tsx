// A round's ranking: its first hundred, and the reader's own place below them where it is not among them.
import { useMe } from '../session/session';
import { DataTable, type Column } from '../ui/data-table';
import { groupDigits } from '../ui/amount';
import { mostDecimals, withDecimals } from '../ui/decimals';
import { Moment } from '../ui/moment';
import { placeOf, type Entry, type Own, type Place } from './prizes';

interface Row {
  readonly rank: number;
  readonly handle: string;
  readonly score: string;
  readonly gap: string | null;
  /** null: not told of those outside the first hundred. */
  readonly reachedAt: string | null;
  readonly prize: string | undefined;
}

interface RankingProps {
  readonly caption: string;
  readonly board: readonly Entry[];
  readonly own: Own | null | undefined;
  readonly places: readonly Place[] | undefined;
  /** Of the column of prizes. */
  readonly prizeName: string;
  readonly empty: string;
}

const none = '–';
/** Of what is paid by the thousand, more say nothing. */
const prizeDecimals = 6;

export function Ranking({ caption, board, own, places, prizeName, empty }: RankingProps) {
  const handle = useMe().data?.user.handle ?? '';
  const rows: Row[] = board.map((entry) => ({
    ...entry,
    prize: entry.prize ?? placeOf(places, entry.score)?.prize,
  }));
  if (own && own.rank !== null && !board.some((entry) => entry.handle === handle)) {
    rows.push({ ...own, rank: own.rank, handle, reachedAt: null, prize: undefined });
  }
  return (
    <DataTable
      caption={caption}
      columns={columnsOf(rows, handle, prizeName)}
      rows={rows}
      keyOf={(row) => row.handle}
      isCurrent={(row) => row.handle === handle}
      empty={empty}
    />
  );
}

function columnsOf(rows: readonly Row[], handle: string, prizeName: string): Column<Row>[] {
  const decimals = mostDecimals(rows.map(({ score }) => score));
  const decimalsOfPrizes = Math.min(
    prizeDecimals,
    mostDecimals(rows.flatMap(({ prize }) => prize ?? [])),
  );
  const credits = (amount: string) => groupDigits(withDecimals(amount, decimals));
  return [
    { name: 'Rank', cell: ({ rank }) => rank },
    {
      name: 'Player',
      isText: true,
      cell: (row) => (row.handle === handle ? <strong>{row.handle} (you)</strong> : row.handle),
    },
    { name: 'Spent (Credits)', cell: ({ score }) => credits(score) },
    { name: 'To the next rank (Credits)', cell: ({ gap }) => (gap === null ? none : credits(gap)) },
    {
      name: prizeName,
      cell: ({ prize }) =>
        prize === undefined ? none : groupDigits(withDecimals(prize, decimalsOfPrizes)),
    },
    {
      name: 'Reached at',
      cell: ({ reachedAt }) => (reachedAt === null ? none : <Moment at={reachedAt} />),
    },
  ];
}
