// A market's life: what happened when, by whom, and what comes next at the latest when.
import { Card } from '../ui/card';
import { Countdown } from '../ui/countdown';
import { Moment } from '../ui/moment';
import type { Market } from './market-words';
import { stepsOf } from './timeline-steps';

export function Timeline({ market }: { readonly market: Market }) {
  return (
    <Card title="Timeline">
      <ol className="prediction-steps">
        {stepsOf(market).map((step) => (
          <li key={step.name} data-done={step.isDone || undefined}>
            <div className="prediction-step">
              <strong>
                {step.name}
                <span className="unseen">{step.isDone ? ' (done)' : ' (to come)'}</span>
              </strong>
              {step.at !== null && <Moment at={step.at} />}
              {step.at !== null && !step.isDone && (
                <span>
                  in <Countdown to={step.at} over="a moment" />
                </span>
              )}
            </div>
            {step.more}
          </li>
        ))}
      </ol>
    </Card>
  );
}
