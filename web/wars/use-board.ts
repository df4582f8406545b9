// The ranking of the current round as it stands: told by server-sent events, and asked for now and then all the same, for a
// connection that died in silence does not say so.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answerOf, api } from '../api/client';
import type { AnswerOf } from '../api/types';

type Board = Pick<AnswerOf<'/api/v1/wars/current'>, 'round' | 'board'>;

const boardKey = ['wars', 'current'];
const liveEveryMs = 10_000;
const lostEveryMs = 3_000;
/** A browser opens again by itself what it lost, but not what it was refused. */
const refusedWaitMs = 5_000;

interface Follower {
  readonly onBoard: (board: Board) => void;
  readonly onLive: (isLive: boolean) => void;
}

/** @returns what ends it */
function followBoard({ onBoard, onLive }: Follower): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout>;
  const open = () => {
    source = new EventSource('/api/v1/wars/current/stream');
    source.addEventListener('board', ({ data }: MessageEvent<string>) => {
      onLive(true);
      onBoard(JSON.parse(data) as Board);
    });
    source.onerror = () => {
      onLive(false);
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, refusedWaitMs);
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

export function useBoard() {
  const queries = useQueryClient();
  const [isLive, setIsLive] = useState(false);
  const query = useQuery({
    queryKey: boardKey,
    queryFn: (): Promise<Board> => answerOf(api.GET('/api/v1/wars/current')),
    refetchInterval: isLive ? liveEveryMs : lostEveryMs,
  });
  useEffect(() => {
    const show = async (board: Board) => {
      // An answer that is on its way is older.
      await queries.cancelQueries({ queryKey: boardKey });
      queries.setQueryData(boardKey, board);
    };
    return followBoard({ onLive: setIsLive, onBoard: (board) => void show(board) });
  }, [queries]);
  return { query, isLive };
}
