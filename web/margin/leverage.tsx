// Leverage: by a slider, or written beside it. What is written is what is sent.
import { Label, Slider, SliderFill, SliderThumb, SliderTrack } from 'react-aria-components';
import { Field } from '../ui/field';
import type { Terms } from './margin-data';

const step = 0.01;

interface LeverageProps {
  readonly terms: Pick<Terms, 'minLeverage' | 'maxLeverage'>;
  readonly value: string;
  readonly onChange: (leverage: string) => void;
}

export function Leverage({ terms, value, onChange }: LeverageProps) {
  const [least, most] = [Number(terms.minLeverage), Number(terms.maxLeverage)];
  const place = Number(value);
  return (
    <div className="leverage">
      <Slider
        minValue={least}
        maxValue={most}
        step={step}
        value={Number.isFinite(place) ? Math.min(most, Math.max(least, place)) : least}
        onChange={(place) => onChange(String(Number(place.toFixed(2))))}
      >
        <Label>Leverage slider</Label>
        <SliderTrack className="slider-track">
          <SliderFill className="slider-fill" />
          <SliderThumb className="slider-thumb" />
        </SliderTrack>
        <div className="slider-ends" aria-hidden="true">
          <span>{terms.minLeverage}x</span>
          <span>{terms.maxLeverage}x</span>
        </div>
      </Slider>
      <Field
        label="Leverage"
        name="leverage"
        inputMode="decimal"
        autoComplete="off"
        isRequired
        value={value}
        onChange={onChange}
      />
    </div>
  );
}
