// The thread of `audio-meter.ts`: the duration of one recording after the other.
import type { EncodedPacketSink, InputAudioTrack } from 'mediabunny' with {
  'resolution-mode': 'import',
};
import { isChained } from './chained-recordings';
import { opusPacketSeconds } from './opus-packet';

export type Measured =
  | { readonly is: 'recording'; readonly seconds: number }
  /** No recording, or one that cannot be read to its end. */
  | { readonly is: 'unreadable' }
  /** Several in one file, of which the first alone would be measured. */
  | { readonly is: 'chained' };

/** A file says at which time its packets play, and may say anything: what its packets decode to counts if it is more. */
export default async function measure(bytes: ArrayBuffer): Promise<Measured> {
  const { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } = await import('mediabunny');
  if (isChained(Buffer.from(bytes))) return { is: 'chained' };
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  try {
    let seconds = 0;
    for (const track of await input.getAudioTracks()) {
      const told = await track.computeDuration();
      const decoded = await decodedSeconds(track, new EncodedPacketSink(track));
      seconds = Math.max(seconds, told, decoded);
    }
    return seconds > 0 && Number.isFinite(seconds)
      ? { is: 'recording', seconds }
      : { is: 'unreadable' };
  } catch {
    return { is: 'unreadable' };
  } finally {
    input.dispose();
  }
}

/** Of an AAC packet (ISO/IEC 14496-3). */
const aacSamples = 1_024;
/** Of an MP3 frame: of MPEG 1, and of MPEG 2 with its lower rates. */
const mp3Samples = (rate: number) => (rate >= 32_000 ? 1_152 : 576);

/** What a track's packets come to by themselves; 0 for a codec whose times are those of its own frames. */
async function decodedSeconds(track: InputAudioTrack, sink: EncodedPacketSink): Promise<number> {
  const { codec, sampleRate } = track;
  if (codec === 'opus') {
    let seconds = 0;
    for (
      let packet = await sink.getFirstPacket();
      packet;
      packet = await sink.getNextPacket(packet)
    ) {
      seconds += opusPacketSeconds(packet.data);
    }
    return seconds;
  }
  if (codec !== 'aac' && codec !== 'mp3') return 0;
  const samples = codec === 'aac' ? aacSamples : mp3Samples(sampleRate);
  const { packetCount } = await track.computePacketStats();
  return (packetCount * samples) / sampleRate;
}
