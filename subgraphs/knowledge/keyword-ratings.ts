import { PolygraphError } from '#platform/errors';
import type { NamedNode } from '#stores/neo4j/ids';
import type { TenantNeo4j } from '#stores/neo4j/index';
import { checkList, checkName } from './input.ts';
import type { RateKeywordsPayloadModel } from './models.ts';

export interface KeywordRating {
  readonly name: string;
  /** Searches a month. */
  readonly volume?: number | null | undefined;
  /** 0 to 100: how hard it is to be found by it. */
  readonly difficulty?: number | null | undefined;
}

/** Ratings that one call may bring. */
export const MOST_RATINGS = 100;

/**
 * Notes what is known of keywords; what is absent of a rating stays as it is. Of a name that comes twice the last counts.
 * @throws PolygraphError BAD_USER_INPUT or LIMIT_EXCEEDED that names the place
 */
export async function rateKeywords(
  neo4j: TenantNeo4j,
  ratings: readonly KeywordRating[],
): Promise<RateKeywordsPayloadModel> {
  const checked = checkList('keywords', ratings, MOST_RATINGS).map((rating, at) =>
    checkRating(neo4j.tenantId, `keywords.${at}`, rating),
  );
  const rated = new Map(checked.map((rating) => [rating.node.id, rating]));
  await neo4j.write(RATE, { ratings: [...rated.values()] });
  return { keywordIds: [...rated.keys()] };
}

interface Rated {
  readonly node: NamedNode;
  readonly volume: number | null;
  readonly difficulty: number | null;
}

function checkRating(tenantId: string, place: string, { name, volume, difficulty }: KeywordRating): Rated {
  const rated = {
    node: checkName(tenantId, 'Keyword', `${place}.name`, name),
    volume: checkWhole(`${place}.volume`, volume ?? null, MOST_VOLUME),
    difficulty: checkWhole(`${place}.difficulty`, difficulty ?? null, 100),
  };
  if (rated.volume !== null || rated.difficulty !== null) return rated;
  throw new PolygraphError('BAD_USER_INPUT', `\`${place}\` says neither \`volume\` nor \`difficulty\`.`);
}

function checkWhole(argument: string, value: number | null, limit: number): number | null {
  if (value === null || (Number.isInteger(value) && value >= 0 && value <= limit)) return value;
  throw new PolygraphError('BAD_USER_INPUT', `\`${argument}\` is a whole number from 0 to ${limit}; got ${value}.`, {
    facts: { argument, limit, given: value },
  });
}

/** All searches of mankind in a month are about two hundred times as many. */
const MOST_VOLUME = 1_000_000_000;

/** The driver sends numbers as floats, and GraphQL wants an Int back. */
const RATE = `
UNWIND $ratings AS rating
MERGE (k:Keyword {tenantId: $tenantId, id: rating.node.id})
ON CREATE SET k.name = rating.node.name, k.slug = rating.node.slug
SET k.volume = coalesce(toInteger(rating.volume), k.volume),
    k.difficulty = coalesce(toInteger(rating.difficulty), k.difficulty)`;
