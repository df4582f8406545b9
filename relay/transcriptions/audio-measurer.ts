// The process of `audio-meter.ts`: the duration of one recording after the other. A file that says it has billions of packets
// may exhaust its memory, which ends this process and no other.
import type { EncodedPacketSink, InputAudioTrack } from 'mediabunny' with {
  'resolution-mode': 'import',
};
import workerpool from 'workerpool';
import { isChained } from './chained-recordings';
import { opusPacketSeconds } from './opus-packet';

export type Measured =
  | { readonly is: 'recording'; readonly seconds: number }
  /** No recording, one that cannot be read to its end, or one whose clock cannot be true. */
  | { readonly is: 'unreadable' }
  /** Several in one file, of which the first alone would be measured. */
  | { readonly is: 'chained' };

const unreadable = { is: 'unreadable' } as const;

/** A file says at which time its packets play, and may say anything: what its packets decode to counts if it is more. */
async function measure(bytes: Uint8Array): Promise<Measured> {
  const { ALL_FORMATS, BufferSource, EncodedPacketSink, FLAC, Input, OGG } =
    await import('mediabunny');
  if (isChained(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)))
    return { is: 'chained' };
  const input = new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
  try {
    const format = await input.getFormat();
    let seconds = 0;
    for (const track of await input.getAudioTracks()) {
      // Nobody can tell what it decodes to.
      if (track.codec === null) return unreadable;
      // Within another container its frames are as long as that says.
      if (track.codec === 'flac' && format !== FLAC && format !== OGG) return unreadable;
      const told = await track.computeDuration();
      const decoded = await decodedSeconds(track, new EncodedPacketSink(track));
      if (decoded === 0 && !(await isPlausible(track))) return unreadable;
      seconds = Math.max(seconds, told, decoded);
    }
    return seconds > 0 && Number.isFinite(seconds) ? { is: 'recording', seconds } : unreadable;
  } catch {
    return unreadable;
  } finally {
    input.dispose();
  }
}

/** Of an AAC packet (ISO/IEC 14496-3). */
const aacSamples = 1_024;
/** Of an MP3 frame: of MPEG 1, and of MPEG 2 with its lower rates. */
const mp3Samples = (rate: number) => (rate >= 32_000 ? 1_152 : 576);

/** What a track's packets come to by themselves; 0 for a codec that does not say. */
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

/** Bits a second of a channel that no encoder of speech or music needs. */
const maxLossyBitrate = 320_000;
const bitsOfSample: Readonly<Record<string, number>> = { flac: 24, ulaw: 8, alaw: 8 };
/** Headers within packets. */
const tolerance = 1.05;

/** Whether so many bytes fit into the time that the container claims. */
async function isPlausible(track: InputAudioTrack): Promise<boolean> {
  const { codec, sampleRate, numberOfChannels } = track;
  const { averageBitrate } = await track.computePacketStats();
  const [, pcmBits] = /^pcm-[suf](\d+)/.exec(codec ?? '') ?? [];
  const bits = pcmBits === undefined ? bitsOfSample[codec ?? ''] : Number(pcmBits);
  const most = bits === undefined ? maxLossyBitrate : bits * sampleRate;
  return averageBitrate <= most * numberOfChannels * tolerance;
}

workerpool.worker({ measure });
