/** The statements of the relay's role. Times are the server's own, so relays on machines with other clocks agree. */

/** Jumps from lane to lane in the index instead of reading every waiting delivery. */
export const LANES = `
with recursive lane as (
  (select tenant_id, target from outbox_deliveries where state = 'pending' order by tenant_id, target limit 1)
  union all
  select next.tenant_id, next.target from lane cross join lateral (
    select tenant_id, target from outbox_deliveries
    where state = 'pending' and (tenant_id, target) > (lane.tenant_id, lane.target)
    order by tenant_id, target limit 1
  ) next
)
select tenant_id, target from lane`;

/**
 * The earliest open delivery of each entity, where it is due and free. A dead one keeps the later
 * ones of its entity waiting: they may rely on what it carries (a body is sent only when it changed).
 * The attempt is counted here, so that an event which kills its relay does not come back for ever; and
 * while the lane holds what a dead relay left, it is taken one by one, so that no other pays for that event.
 * The graph holds no bodies, so they are not sent to it. A tenant that is being moved, or has left this place ($7), is
 * not served here.
 */
export const CLAIM = `
with due as (
  select d.tenant_id, d.position, d.target from outbox_deliveries d
  where d.tenant_id = $1 and d.target = $2 and d.state = 'pending' and d.attempts < $6
    and d.next_attempt_at <= now() and (d.lease_until is null or d.lease_until < now())
    and not exists (
      select 1 from outbox_deliveries e
      where e.tenant_id = d.tenant_id and e.entity_id = d.entity_id and e.target = d.target
        and e.position < d.position and e.state <> 'done'
    )
  order by d.next_attempt_at, d.position
  limit case when not (select public.place_serves($1, $7)) then 0 when exists (
    select 1 from outbox_deliveries a
    where a.tenant_id = $1 and a.target = $2 and a.state = 'pending' and a.lease_until < now()
  ) then 1 else $3 end
  for update of d skip locked
), claimed as (
  update outbox_deliveries d
  set lease_until = now() + make_interval(secs => $4), leased_by = $5, attempts = attempts + 1
  from due
  where d.tenant_id = due.tenant_id and d.position = due.position and d.target = due.target
  returning d.tenant_id, d.position, d.entity_id, d.attempts
)
select c.position, c.entity_id, c.attempts, o.entity, o.kind, o.version,
  case when $2 = 'GRAPH' then o.payload - 'body' else o.payload end as payload
from claimed c join outbox o on o.tenant_id = c.tenant_id and o.position = c.position
order by c.position`;

/** Of a claim: these positions of it, or, with null, all. */
const HELD = `
where tenant_id = $1 and target = $2 and leased_by = $3 and ($4::bigint[] is null or position = any ($4))
  and state = 'pending'`;

export const SETTLE = `
update outbox_deliveries
set state = 'done', lease_until = null, leased_by = null, last_error_code = null ${HELD}`;

/** `now()` puts it behind what has waited longer, so one event that a store chokes on does not hold up its lane. */
export const RELEASE = `
update outbox_deliveries
set attempts = attempts - 1, next_attempt_at = now(), lease_until = null, leased_by = null, last_error_code = $5 ${HELD}`;

export const FAIL = `
update outbox_deliveries
set state = case when attempts >= $7 then 'dead' else 'pending' end,
    next_attempt_at = now() + make_interval(secs => $6), lease_until = null, leased_by = null, last_error_code = $5
${HELD}
returning state`;

export const BURY_ABANDONED = `
update outbox_deliveries
set state = 'dead', lease_until = null, leased_by = null, last_error_code = 'ABANDONED'
where state = 'pending' and attempts >= $1 and (lease_until is null or lease_until < now())`;

export const REPLAY_DEAD = `
update outbox_deliveries
set state = 'pending', attempts = 0, next_attempt_at = now()
where state = 'dead'
  and ($1::uuid is null or tenant_id = $1) and ($2::text is null or target = $2) and ($3::uuid is null or entity_id = $3)`;

/**
 * What is kept of an entity, however old, is the newest event that carries each of its parts: a store that was emptied
 * is filled again from them (see log.ts), and who follows the changes from the start sees everything once.
 */
export const PRUNE = `
delete from outbox
where (tenant_id, position) in (
  select o.tenant_id, o.position from outbox o join public.tenants t on t.id = o.tenant_id
  where o.created_at < now() - interval '1 day'
    and o.created_at < now() - make_interval(days => coalesce(t.events_days, ($1::jsonb ->> t.tier::text)::integer))
    and not exists (
      select 1 from outbox_deliveries d
      where d.tenant_id = o.tenant_id and d.position = o.position and d.state <> 'done'
    )
    and exists (
      select 1 from outbox later
      where later.tenant_id = o.tenant_id and later.entity_id = o.entity_id and later.position > o.position
    )
    and not exists (
      select 1 from jsonb_object_keys(o.payload) part
      where not exists (
        select 1 from outbox later
        where later.tenant_id = o.tenant_id and later.entity_id = o.entity_id and later.position > o.position
          and later.payload ? part
      )
    )
  order by o.created_at
  limit $2
)`;

/** Sagas that a process left behind: past their time, or with nothing more to wait for. */
export const SAGAS_DUE = `
select s.tenant_id, s.id from sagas s
where s.state = 'RUNNING' and (
  s.deadline < now() or not exists (
    select 1 from outbox o join outbox_deliveries d on d.tenant_id = o.tenant_id and d.position = o.position
    where o.tenant_id = s.tenant_id and o.id = s.event_id and d.state = 'pending'
  )
)
order by s.tenant_id, s.id
limit $1`;

export const PUBLICATIONS_DUE = `
select tenant_id, content_id, scheduled_by_kind, scheduled_by from scheduled_publications
where publish_at <= now()
order by publish_at, tenant_id, content_id
limit $1`;

export const OUTSTANDING = `
select count(*)::int as count from outbox_deliveries d
where d.state = 'pending' and ($1::uuid is null or d.tenant_id = $1)
  and not exists (
    select 1 from outbox_deliveries e
    where e.tenant_id = d.tenant_id and e.entity_id = d.entity_id and e.target = d.target
      and e.position < d.position and e.state = 'dead'
  )`;
