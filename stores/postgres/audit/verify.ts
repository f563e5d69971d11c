import { type ChainRow, GENESIS, hashOf } from './digest.ts';

/** What the database says of one chain. */
export interface Chain {
  /** In order of `seq`. */
  readonly rows: AsyncIterable<ChainRow>;
  readonly head: { readonly seq: bigint; readonly hash: string } | undefined;
  readonly archives: readonly ArchivedStretch[];
}

/** Rows that have left for a file. */
export interface ArchivedStretch {
  readonly firstSeq: bigint;
  readonly lastSeq: bigint;
  readonly prevHash: string;
  readonly lastHash: string;
  /** `2026-01` */
  readonly month: string;
  readonly fileSha256: string;
}

/** A row as it was seen before, kept outside the database. */
export interface Anchor {
  readonly seq: bigint;
  readonly hash: string;
  /** RFC 3339, when it was seen. */
  readonly at: string;
}

export interface ChainReport {
  /** Rows whose hash was computed again. */
  readonly rows: number;
  /** Rows in archives, of which the database keeps the ends. */
  readonly archived: number;
  readonly anchors: number;
  /** Undefined where the chain is whole. */
  readonly bad: BadRow | undefined;
}

export interface BadRow {
  /** The first row that is not as it was written, or not there. */
  readonly seq: bigint;
  readonly why: string;
}

/**
 * Follows a chain from its first row to its head. It finds a row that was
 * changed, taken out, put in or put elsewhere by hashes alone, and a tail that
 * was cut by the head. Who can change the database can make all of these fit
 * again: then the anchors, which lie elsewhere, do not.
 */
export async function verifyChain({ rows, head, archives }: Chain, anchors: readonly Anchor[]): Promise<ChainReport> {
  const walk = startWalk(archives, anchors);
  let bad: BadRow | undefined;
  for await (const row of rows) {
    bad = walk.skipArchivesTo(row.seq) ?? walk.take(row);
    if (bad) break;
  }
  bad ??= walk.skipArchivesTo(undefined) ?? walk.end(head);
  return { ...walk.counts(), anchors: anchors.length, bad };
}

function startWalk(archives: readonly ArchivedStretch[], anchors: readonly Anchor[]) {
  const stretches = new Map(archives.map((stretch) => [stretch.firstSeq, stretch]));
  const anchored = new Map(anchors.map((anchor) => [anchor.seq, anchor]));
  let [expected, previous, at] = [1n, GENESIS, ''];
  let [taken, archived] = [0, 0];

  const againstAnchor = (seq: bigint, hash: string): BadRow | undefined => {
    const anchor = anchored.get(seq);
    if (!anchor || anchor.hash === hash) return undefined;
    return { seq, why: `is not the row that was anchored at ${anchor.at}: it, or one before it, was written anew` };
  };
  return {
    counts: () => ({ rows: taken, archived }),

    /** @param until the next row that is there; undefined after the last */
    skipArchivesTo(until: bigint | undefined): BadRow | undefined {
      for (let stretch = stretches.get(expected); stretch; stretch = stretches.get(expected)) {
        if (until !== undefined && until <= expected) return undefined;
        if (stretch.prevHash !== previous) return { seq: expected, why: 'begins an archive that does not follow on' };
        archived += Number(stretch.lastSeq - stretch.firstSeq) + 1;
        [expected, previous] = [stretch.lastSeq + 1n, stretch.lastHash];
        const bad = againstAnchor(stretch.lastSeq, stretch.lastHash);
        if (bad) return bad;
      }
      return undefined;
    },

    take(row: ChainRow): BadRow | undefined {
      if (row.seq > expected) return { seq: expected, why: 'is missing' };
      if (row.seq < expected) return { seq: row.seq, why: 'is there twice' };
      if (hashOf(row) !== row.hash) return { seq: row.seq, why: 'was changed: its hash is another' };
      if (row.prevHash !== previous) {
        return row.seq === 1n
          ? { seq: 1n, why: 'does not begin the chain: it follows another row' }
          : { seq: row.seq - 1n, why: 'was changed, hash and all: the next row follows another' };
      }
      if (row.at < at) return { seq: row.seq, why: 'is earlier than the row before' };
      const bad = againstAnchor(row.seq, row.hash);
      if (bad) return bad;
      [expected, previous, at] = [row.seq + 1n, row.hash, row.at];
      taken += 1;
      return undefined;
    },

    end(head: Chain['head']): BadRow | undefined {
      const last = expected - 1n;
      const beyond = anchors.find(({ seq }) => seq > last);
      if (beyond) {
        return {
          seq: expected,
          why: `is missing: the end was cut off; row ${beyond.seq} was anchored at ${beyond.at}`,
        };
      }
      const known = head ?? { seq: 0n, hash: GENESIS };
      if (known.seq > last) return { seq: expected, why: `is missing: the head says that there are ${known.seq}` };
      if (known.seq < last) return { seq: known.seq + 1n, why: 'is beyond the head of the chain' };
      return known.hash === previous ? undefined : { seq: last, why: 'is not the row that the head names' };
    },
  };
}
