/**
 * The name of a file as it may stand in a header, a list and a folder. What could lead out of a folder, hide its ending
 * or turn its reading around is taken out; what is left is the name as it was meant.
 * @returns undefined where nothing is left
 */
export function cleanFilename(given: string): string | undefined {
  const base = given.normalize('NFC').split(/[\\/]/).at(-1) ?? '';
  const plain = base
    .replace(UNSEEN, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/gu, ' ')
    .replace(/^[ .]+|[ .]+$/g, '');
  if (plain === '') return undefined;
  const safe = RESERVED.test(plain) ? `_${plain}` : plain;
  return shortened(safe);
}

/** The ending stays: by it people and systems know what a file is. */
function shortened(name: string): string {
  const letters = [...name];
  if (letters.length <= MOST) return name;
  const ending = /\.[\p{L}\p{N}]{1,10}$/u.exec(name)?.[0] ?? '';
  return `${letters.slice(0, MOST - [...ending].length).join('')}${ending}`;
}

/** Control characters, and those that format text without being seen, such as the ones that reverse its direction. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Devices of Windows, whatever their ending. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const MOST = 200;
