// One run of everything; the engines (PostgreSQL, Temporal) are started once by the global set-up.
export default {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        module: { type: 'commonjs' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      },
    ],
  },
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/domain/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // What hangs is told apart from what is slow: a machine may be a few times slower than another.
  testTimeout: 600_000,
  testSequencer: '<rootDir>/test/support/sequencer.mjs',
  // One more than the cores of a small machine: tests of workflows wait half of their time.
  maxWorkers: 3,
  // What files leave behind is given back before it costs more than loading everything anew.
  workerIdleMemoryLimit: '1GB',
};
