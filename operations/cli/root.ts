import path from 'node:path';

/** The clone. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/**
 * Everything that `polygraph` makes on this machine and git does not keep.
 * POLYGRAPH_DIR names another folder for the data, so that a second installation
 * of the same clone can run beside the first; tools and derived code stay here.
 */
export const LOCAL_DIR = path.resolve(ROOT, process.env.POLYGRAPH_DIR || '.polygraph');
