/** The relay's statements name their tables without a schema; this names it, so that one text serves every place. */
export function tablesIn(schema: string, statement: string): string {
  return statement.replace(TABLES, `${schema}.$&`);
}

const TABLES = /\b(outbox_deliveries|outbox|content_search|content_vectors|sagas|scheduled_publications)\b/g;
