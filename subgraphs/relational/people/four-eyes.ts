import { PolygraphError } from '#platform/errors';
import type { RegistrySql } from '#stores/postgres/registry';
import type { TenantContext } from '#tenancy/context';
import { isUuid } from '../../runtime/ids.ts';
import type { Context } from '../context.ts';
import { ACTIONS, type Action, type ActionName, type SubjectOf } from './actions.ts';
import { ADMIN, listAdministrators, takeTurns } from './grants.ts';
import { type ApprovalRow, listApprovals } from './rows.ts';

export interface Change {
  readonly done: boolean;
  readonly approval: ApprovalRow | null;
}

/**
 * Does what was asked for, or leaves it for another administrator to decide
 * where it gives or takes `tenant:admin` and there is another. A key is no
 * person: it can neither ask nor decide, or one who holds a key would be two.
 */
export async function change<Name extends ActionName>(
  context: Context,
  name: Name,
  subject: SubjectOf<Name>,
): Promise<Change> {
  const { tenant, stores } = context;
  const action = actionOf(name);
  const changed = await stores.postgres.registry.transaction(
    async (sql) => {
      await takeTurns(sql);
      const { sensitive } = await action.check(sql, tenant, subject);
      if (sensitive && tenant.principal.kind !== 'user') throw noPerson();
      const others = sensitive ? (await listAdministrators(sql)).filter((id) => id !== tenant.principal.id) : [];
      if (others.length > 0) return { done: false, approval: await ask(sql, context, name, subject) };
      await action.perform(sql, tenant, subject);
      return { done: true, approval: null };
    },
    { action: name },
  );
  if (changed.done) await mirror(context, name, subject);
  return changed;
}

/** @throws PolygraphError FORBIDDEN for whoever asked, CONFLICT for what is decided or too old */
export async function decide(context: Context, id: string, approve: boolean): Promise<Change> {
  const { tenant, stores } = context;
  if (tenant.principal.kind !== 'user') throw noPerson();
  if (!isUuid(id)) throw noApproval();
  const approval = await stores.postgres.registry.transaction(
    async (sql) => {
      await takeTurns(sql);
      const asked = await findOpen(sql, id, tenant.principal.id);
      if (approve) await performAsked(sql, tenant, asked);
      await sql`UPDATE approvals SET state = ${approve ? 'APPROVED' : 'REJECTED'}, decided_by = ${tenant.principal.id},
        decided_at = now() WHERE id = ${id}`;
      const [decided] = await listApprovals(sql, id);
      return decided ?? asked;
    },
    { action: approve ? 'approval.approve' : 'approval.reject' },
  );
  if (approve) await mirror(context, approval.action, approval.subject);
  return { done: true, approval };
}

async function findOpen(sql: RegistrySql, id: string, deciderId: string): Promise<ApprovalRow> {
  const [asked] = await listApprovals(sql, id);
  if (!asked) throw noApproval();
  if (asked.requestedById === deciderId) {
    throw new PolygraphError('FORBIDDEN', 'Who asked for it cannot decide it; another administrator can.');
  }
  if (asked.state !== 'PENDING') throw new PolygraphError('CONFLICT', `It is ${asked.state.toLowerCase()} already.`);
  if (asked.expiresAt <= new Date()) throw new PolygraphError('CONFLICT', 'It is too old; ask for it again.');
  return asked;
}

async function performAsked(sql: RegistrySql, tenant: TenantContext, asked: ApprovalRow): Promise<void> {
  // What they asked for as administrators ends with their being one.
  if (!(await listAdministrators(sql)).includes(asked.requestedById)) {
    throw new PolygraphError('CONFLICT', 'Who asked for it is no administrator any more.');
  }
  const action = actionOf(asked.action);
  const subject = action.schema.parse(asked.subject);
  await action.check(sql, tenant, subject);
  await action.perform(sql, tenant, subject);
}

async function ask(sql: RegistrySql, { tenant }: Context, action: string, subject: unknown): Promise<ApprovalRow> {
  const [made] = await sql<{ id: string }>`
    INSERT INTO approvals (tenant_id, action, subject, requested_by, expires_at)
    VALUES (${tenant.tenantId}, ${action}, ${JSON.stringify(subject)}, ${tenant.principal.id}, now() + interval '7 days')
    RETURNING id`;
  const [approval] = await listApprovals(sql, made?.id);
  if (!approval) throw new Error('An approval that was asked for is not there.');
  return approval;
}

/** A tenant that lives apart has a copy of who is a member; `polygraph migrate` renews what is missed here. */
async function mirror({ tenant, stores }: Context, name: string, given: unknown): Promise<void> {
  if (tenant.tier !== 'PREMIUM' && tenant.tier !== 'ENTERPRISE') return;
  if (name !== 'member.role' && name !== 'member.remove') return;
  const { userId } = ACTIONS['member.remove'].schema.parse({ userId: (given as { userId: unknown }).userId });
  const subject = ACTIONS['member.role'].schema.safeParse(given);
  await stores.postgres.transaction(
    async (tx) => {
      if (!subject.success) return tx.membership.deleteMany({ where: { userId } });
      const { role, customRole } = subject.data;
      return tx.$queryRaw`UPDATE memberships SET role = ${role}::text::membership_role, custom_role = ${customRole}
        WHERE user_id = ${userId}::uuid`;
    },
    { action: name },
  );
}

function actionOf(name: string): Action<unknown> {
  if (!Object.hasOwn(ACTIONS, name)) throw new Error(`There is no action ${name}.`);
  return ACTIONS[name as ActionName] as Action<unknown>;
}

const noApproval = (): PolygraphError => new PolygraphError('NOT_FOUND', 'There is no such approval.');
const noPerson = (): PolygraphError =>
  new PolygraphError('FORBIDDEN', `Giving and taking ${ADMIN} takes a person who signed in; an API key is none.`);
