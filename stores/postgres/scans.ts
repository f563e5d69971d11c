import { VECTOR_SCAN } from './vectors.ts';

/** From which likeness on, 0 to 1, the operator `%>` takes some words of a title for what was meant. */
const TITLE_LIKENESS = { 'pg_trgm.word_similarity_threshold': '0.4' };

/** How indexes are asked that find what is near rather than what is equal, as options of each connection. */
export const SCAN_OPTIONS = Object.entries({ ...VECTOR_SCAN, ...TITLE_LIKENESS })
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');
