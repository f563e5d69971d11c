import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { PolygraphError } from '#platform/errors';
import type { GatewayContext } from '../execution/operation.ts';
import type { Budget } from './budget.ts';
import { createCostEstimate, type EstimateCost } from './cost.ts';
import { readPrices } from './prices.ts';

export interface OperationCosts {
  /** Of a schema that is served from now on. */
  learn(schema: GraphQLSchema, supergraph: DocumentNode): void;
  /**
   * Estimates, and charges the tenant unless it is a dry run; the trace holds what came out.
   * @throws PolygraphError LIMIT_EXCEEDED, BUDGET_EXCEEDED
   */
  charge(operation: PricedOperation, context: GatewayContext): Promise<void>;
}

export interface PricedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export function createOperationCosts(budget: Budget, maxObjects: number): OperationCosts {
  const estimates = new WeakMap<GraphQLSchema, EstimateCost>();
  return {
    learn: (schema, supergraph) => void estimates.set(schema, createCostEstimate(schema, readPrices(supergraph))),
    async charge({ schema, document, operation, variables }, { tenant, trace, dryRun = false }) {
      const estimateCost = estimates.get(schema);
      if (!estimateCost) throw new Error('An operation came with a schema whose prices were never read.');
      const estimate = estimateCost(document, operation, variables);
      if (estimate.objects > maxObjects) throw tooLarge(estimate.objects, maxObjects);
      if (dryRun) {
        trace.cost = { estimate, budget: await budget.left(tenant) };
      } else {
        const bill = await budget.charge(tenant, estimate);
        trace.cost = { estimate, budget: bill.budget, bill };
      }
    },
  };
}

function tooLarge(found: number, limit: number): PolygraphError {
  const message = `The operation asks for up to ${found} objects, sizes of its lists multiplied; at most ${limit} are allowed.`;
  return new PolygraphError('LIMIT_EXCEEDED', message, { facts: { limitOf: 'objects', limit, found } });
}
