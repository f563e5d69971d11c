/** Works at nothing, so that its core does not sleep; see `awake.ts`. Told when to begin, and gone with its parent. */
process.once('message', spin);
process.once('disconnect', () => process.exit(0));
process.send?.('ready');

function spin(): void {
  for (const until = performance.now() + SLICE_MS; performance.now() < until; );
  setImmediate(spin);
}

/** How long it is deaf to the end of its parent. */
const SLICE_MS = 20;
