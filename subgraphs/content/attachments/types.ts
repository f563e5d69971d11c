import { fileTypeFromBuffer } from 'file-type';
import { PolygraphError } from '#platform/errors';

/**
 * What may be attached. Nothing that a browser would run: no HTML, no SVG, no scripts. Archives and office files are not
 * among them, since what is inside would have to be looked at, too.
 */
export const ALLOWED_TYPES = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'application/pdf',
  'text/plain',
  'text/markdown',
  'text/csv',
  'application/json',
] as const;
export type AllowedType = (typeof ALLOWED_TYPES)[number];

/** @throws PolygraphError BAD_USER_INPUT that names what may be attached */
export function checkType(contentType: string): AllowedType {
  const [type = ''] = contentType.toLowerCase().split(';');
  const found = ALLOWED_TYPES.find((allowed) => allowed === type.trim());
  if (found) return found;
  throw new PolygraphError('BAD_USER_INPUT', `\`contentType\` is one of ${ALLOWED_TYPES.join(', ')}.`);
}

/**
 * Compares the first bytes of a file with what it is said to be. Texts have no mark of their own: they are UTF-8 without
 * control characters, and nothing that has a mark.
 * @throws PolygraphError BAD_USER_INPUT
 */
export async function checkFirstBytes(contentType: string, bytes: Uint8Array): Promise<void> {
  const found = await fileTypeFromBuffer(bytes);
  const fits = isText(contentType) ? !found && looksLikeText(bytes) : found?.mime === contentType;
  if (!fits) throw new PolygraphError('BAD_USER_INPUT', `The bytes are not those of a file of type ${contentType}.`);
}

const isText = (type: string): boolean => type.startsWith('text/') || type === 'application/json';

function looksLikeText(bytes: Uint8Array): boolean {
  try {
    // A part may end within a character; `stream` leaves what is not whole.
    return !CONTROLS.test(new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true }));
  } catch {
    return false;
  }
}

/** All but tab, line feed, form feed and carriage return. */
const CONTROLS = /[^\P{Cc}\t\n\f\r]/u;
