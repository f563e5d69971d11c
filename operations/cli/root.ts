import path from 'node:path';

/** The clone. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/** Everything that `polygraph` makes on this machine and git does not keep. */
export const LOCAL_DIR = path.join(ROOT, '.polygraph');
