import { join } from 'node:path';
import type { Logger } from '#platform/log';
import type { Settings } from '#platform/settings';
import type { AuditAccess } from '#stores/postgres/audit/places';
import type { OnPrimary } from '#stores/postgres/pool';
import { type AnchorFile, openAnchorFile } from './anchor-file.ts';
import { type AuditKeeper, createAuditKeeper } from './keeper.ts';

export interface Audit {
  readonly access: AuditAccess;
  readonly anchors: AnchorFile;
  /** Of archived months. */
  readonly archiveDir: string;
}

/** The audit of an installation, as those who keep it see it. */
export function openAudit(settings: Settings): Audit {
  const { DATABASE_URL: url, POLYGRAPH_SECRETS: secrets, AUDIT_DIR, POLYGRAPH_DIR } = settings;
  const dir = AUDIT_DIR ?? join(POLYGRAPH_DIR, 'audit');
  return {
    access: { url, secrets },
    anchors: openAnchorFile(join(dir, 'anchors.jsonl'), secrets),
    archiveDir: join(dir, 'archive'),
  };
}

export function openAuditKeeper(settings: Settings, onPrimary: OnPrimary, log: Logger): AuditKeeper {
  const { access, ...files } = openAudit(settings);
  return createAuditKeeper({
    ...{ ...access, ...files, onPrimary, log },
    everyMs: settings.AUDIT_ANCHOR_SECONDS * 1_000,
  });
}
