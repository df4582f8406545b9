// The mock's speech: silence, 20 ms for each character, as a WAV file or raw samples, in chunks.
import type { MockBytes, MockEndpoint, MockRequest } from './endpoint';
import { errorBody } from './error-body';

interface SpeechRequest extends MockRequest {
  input?: string;
  response_format?: string | null;
}

const sampleRate = 24_000;
const bytesPerSample = 2;
const samplesPerCharacter = sampleRate / 50;
const chunkBytes = 4_096;

function wavHeaderOf(bytes: number): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * bytesPerSample, 28);
  header.writeUInt16LE(bytesPerSample, 32);
  header.writeUInt16LE(bytesPerSample * 8, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return header;
}

function answer({ input = '', response_format }: SpeechRequest): MockBytes {
  const silence = Buffer.alloc(input.length * samplesPerCharacter * bytesPerSample);
  const isRaw = response_format === 'pcm';
  const audio = isRaw ? silence : Buffer.concat([wavHeaderOf(silence.length), silence]);
  const chunks: Buffer[] = [];
  for (let at = 0; at < audio.length; at += chunkBytes) {
    chunks.push(audio.subarray(at, at + chunkBytes));
  }
  return { contentType: isRaw ? 'audio/pcm' : 'audio/wav', chunks };
}

export const speechEndpoint: MockEndpoint<SpeechRequest> = { answer, errorBody };
