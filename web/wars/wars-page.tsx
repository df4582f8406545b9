// Compute Wars: the round that runs, or one by its id.
import { useParams } from 'wouter';
import { CurrentRound } from './current-round';
import { OneRound } from './one-round';

export default function WarsPage() {
  const { id } = useParams<{ id?: string }>();
  return id === undefined ? <CurrentRound /> : <OneRound key={id} id={id} />;
}
