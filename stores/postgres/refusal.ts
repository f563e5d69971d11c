import pg from 'pg';
import { findPolygraphError, PolygraphError } from '#platform/errors';

/** Why a place did not let a transaction in: of a tenant that is being moved, or that does not live there. */
export class PlaceRefusal extends PolygraphError {
  readonly reason: 'paused' | 'elsewhere';

  constructor(reason: PlaceRefusal['reason'], options: { cause?: unknown } = {}) {
    super('TENANT_MOVING', 'The tenant is being moved at the moment.', {
      ...(options.cause instanceof Error ? { originalError: options.cause } : {}),
    });
    this.reason = reason;
  }
}

/** What `enter_place` (prisma/migrations) raised; undefined for any other error. */
export function readRefusal(error: unknown): PlaceRefusal | undefined {
  const reason = error instanceof pg.DatabaseError ? REASONS[error.code ?? ''] : undefined;
  return reason && new PlaceRefusal(reason, { cause: error });
}

/** Inside what Prisma wrapped around it. */
export function findRefusal(error: unknown): PlaceRefusal | undefined {
  const found = findPolygraphError(error);
  return found instanceof PlaceRefusal ? found : undefined;
}

const REASONS: Readonly<Record<string, PlaceRefusal['reason']>> = { PM001: 'paused', PM002: 'elsewhere' };
