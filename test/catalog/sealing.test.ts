import { createSealer, SealError } from '../../services/catalog/sealing';

const masterKey = Buffer.alloc(32, 1);
const sealer = createSealer(masterKey);
const secret = 'sk-very-secret-key';

describe('a sealed secret', () => {
  it('opens for its owner, and never looks the same twice', () => {
    const sealed = sealer.seal(secret, 'channel-1');
    expect(sealer.open(sealed, 'channel-1')).toBe(secret);
    expect(sealer.seal(secret, 'channel-1').equals(sealed)).toBe(false);
    expect(sealed.includes(secret)).toBe(false);
    expect(createSealer(Buffer.alloc(32, 1)).open(sealed, 'channel-1')).toBe(secret);
  });

  it('does not open for another owner', () => {
    expect(() => sealer.open(sealer.seal(secret, 'channel-1'), 'channel-2')).toThrow(SealError);
  });

  it('says that another master key sealed it', () => {
    const other = createSealer(Buffer.alloc(32, 2));
    expect(() => other.open(sealer.seal(secret, 'a'), 'a')).toThrow(/another master key/);
  });

  it('does not open once any byte of it is changed', () => {
    const sealed = sealer.seal(secret, 'a');
    for (let i = 0; i < sealed.length; i++) {
      const altered = Buffer.from(sealed);
      altered[i] = (altered[i] ?? 0) ^ 1;
      expect(() => sealer.open(altered, 'a')).toThrow(SealError);
    }
    expect(() => sealer.open(sealed.subarray(0, 20), 'a')).toThrow(SealError);
  });
});
