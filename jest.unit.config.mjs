// The pure tests alone: no engine is started.
import everything from './jest.config.mjs';

const { globalSetup: _set, globalTeardown: _tear, ...pure } = everything;

export default {
  ...pure,
  testMatch: ['<rootDir>/test/domain/**/*.test.ts', '<rootDir>/domain/**/*.test.ts'],
};
