/** Of UTC, which has no longer or shorter ones. */
export const DAY_MS = 86_400_000;
