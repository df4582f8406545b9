// The positions that are open, each with its gauge, its figures at the mark, and what may be done with it.
import { Card } from '../ui/card';
import { Loaded } from '../ui/loaded';
import { useOpenPositions } from './margin-data';
import { PositionCard } from './position-card';

export function OpenPositions() {
  const positions = useOpenPositions();
  return (
    <Loaded query={positions}>
      {({ items }) =>
        items.length === 0 ? (
          <Card title="Open positions">
            <p className="empty">You have no open position.</p>
          </Card>
        ) : (
          <div className="positions" role="group" aria-label="Open positions">
            {items.map((position) => (
              <PositionCard key={position.id} position={position} />
            ))}
          </div>
        )
      }
    </Loaded>
  );
}
