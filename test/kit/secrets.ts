/** The master secret of all tests. Role passwords derive from it and belong to the server, so every test uses this one. */
export const TEST_SECRETS: readonly [string, ...string[]] = ['test-secret-that-protects-nothing-0123456789'];
