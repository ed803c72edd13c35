-- sunset_date: 2026-12-20
-- Runs: their steps, attempts, approvals, output and clocks. A step's machine state is a document that only the
-- executor reads; what is asked for, compared or listed stands in columns beside it.

create table dd0c.executions (
  tenant_id       uuid not null references dd0c.tenants (id),
  id              uuid not null,
  runbook_id      uuid not null,
  version         integer not null,
  title           text not null,
  state           text not null check (state in ('pending', 'running', 'waiting', 'paused', 'completed', 'failed',
                                                 'manual_intervention', 'aborted')),
  trust_level     smallint not null check (trust_level between 0 and 2),
  governance_mode text not null check (governance_mode in ('strict', 'audit')),
  locked          boolean not null,
  policy          jsonb not null,
  machine         jsonb not null,
  -- Values the operator gave and steps set. Secrets stand in `secrets`, which no view reads.
  variables       jsonb not null default '{}',
  secrets         jsonb not null default '{}',
  agent_id        uuid not null,
  agent_name      text not null,
  started_by      uuid not null,
  led_by          text not null,
  started_at      timestamptz not null,
  ended_at        timestamptz,
  fence           bigint not null default 0 check (fence >= 0),
  lease_owner     uuid,
  revision        bigint not null default 1,
  human_ms        bigint not null default 0,
  machine_ms      bigint not null default 0,
  idle_ms         bigint not null default 0,
  counted_at      timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, runbook_id, version) references dd0c.runbook_versions (tenant_id, runbook_id, version),
  foreign key (tenant_id, started_by) references dd0c.users (tenant_id, id)
);
create index executions_recent on dd0c.executions (tenant_id, started_at desc, id);
create index executions_live on dd0c.executions (tenant_id, agent_id) where state not in ('completed', 'aborted');
select dd0c.isolate('dd0c.executions');
grant select, insert on dd0c.executions to dd0c_app;
grant update (state, machine, variables, secrets, ended_at, fence, lease_owner, revision, human_ms, machine_ms, idle_ms,
              counted_at) on dd0c.executions to dd0c_app;

create table dd0c.execution_steps (
  tenant_id    uuid not null,
  execution_id uuid not null,
  id           uuid not null,
  position     integer not null check (position >= 1),
  state        text not null check (state in ('pending', 'ready', 'await_approval', 'approved', 'auto_ok', 'dispatching',
                 'running', 'succeeded', 'failed', 'timed_out', 'manual_intervention', 'rollback_available', 'skipped',
                 'aborted', 'expired', 'paused')),
  attempt      integer not null default 0,
  -- Ended badly, and somebody must still decide what follows.
  open         boolean not null default false,
  machine      jsonb not null,
  view         jsonb not null,
  -- What is passed to the agent beside the command: plain here, masked in `view`.
  environment  jsonb not null default '{}',
  title        text generated always as (view ->> 'title') stored,
  risk         text generated always as (view ->> 'risk') stored,
  exit_code    integer generated always as ((view ->> 'exit_code')::integer) stored,
  approved_by  text generated always as (view ->> 'approved_by') stored,
  primary key (tenant_id, execution_id, id),
  unique (tenant_id, execution_id, position),
  foreign key (tenant_id, execution_id) references dd0c.executions (tenant_id, id)
);
select dd0c.isolate('dd0c.execution_steps');
grant select, insert on dd0c.execution_steps to dd0c_app;
grant update (state, attempt, open, machine, view, environment) on dd0c.execution_steps to dd0c_app;

create table dd0c.approvals (
  tenant_id      uuid not null,
  id             uuid not null,
  execution_id   uuid not null,
  step_id        uuid not null,
  approval_hash  bytea not null check (length(approval_hash) = 32),
  command_sha256 bytea not null check (length(command_sha256) = 32),
  user_id        uuid not null,
  channel        text not null,
  typed_hash     bytea,
  at             timestamptz not null,
  expires_at     timestamptz not null,
  -- The one attempt it was spent on. Only a proven tombstone lets another take its place.
  used_by        uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, execution_id, step_id) references dd0c.execution_steps (tenant_id, execution_id, id),
  foreign key (tenant_id, user_id) references dd0c.users (tenant_id, id)
);
select dd0c.isolate('dd0c.approvals');
grant select, insert on dd0c.approvals to dd0c_app;
grant update (used_by) on dd0c.approvals to dd0c_app;

create table dd0c.attempts (
  tenant_id    uuid not null,
  id           uuid not null,
  execution_id uuid not null,
  step_id      uuid not null,
  number       integer not null check (number >= 1),
  agent_id     uuid not null,
  approval_id  uuid,
  fence        bigint not null,
  intent       bytea not null,
  grant_bytes  bytea,
  created_at   timestamptz not null,
  sent_at      timestamptz,
  accepted_at  timestamptz,
  started_at   timestamptz,
  finished_at  timestamptz,
  -- Over: nobody waits for the agent's word on it any more.
  closed       boolean not null default false,
  result       jsonb,
  primary key (tenant_id, id),
  unique (tenant_id, execution_id, step_id, number),
  foreign key (tenant_id, execution_id, step_id) references dd0c.execution_steps (tenant_id, execution_id, id),
  foreign key (tenant_id, approval_id) references dd0c.approvals (tenant_id, id)
);
create index attempts_open on dd0c.attempts (tenant_id, agent_id) where not closed;
select dd0c.isolate('dd0c.attempts');
grant select, insert on dd0c.attempts to dd0c_app;
grant update (grant_bytes, sent_at, accepted_at, started_at, finished_at, closed, result) on dd0c.attempts to dd0c_app;

create table dd0c.step_outputs (
  tenant_id    uuid not null,
  id           bigint generated always as identity,
  execution_id uuid not null,
  step_id      uuid not null,
  attempt_id   uuid not null,
  sequence     bigint not null,
  stream       text not null check (stream in ('stdout', 'stderr')),
  start_byte   bigint not null,
  bytes        bytea not null check (octet_length(bytes) <= 65536),
  skipped      bigint not null default 0,
  created_at   timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  -- The same chunk sent twice is kept once.
  unique (tenant_id, attempt_id, sequence),
  foreign key (tenant_id, attempt_id) references dd0c.attempts (tenant_id, id)
);
create index step_outputs_execution on dd0c.step_outputs (tenant_id, execution_id, id);
select dd0c.isolate('dd0c.step_outputs');
grant select, insert on dd0c.step_outputs to dd0c_app;

create table dd0c.timers (
  tenant_id    uuid not null,
  execution_id uuid not null,
  step_id      uuid not null,
  kind         text not null,
  attempt_id   uuid,
  due_at       timestamptz not null,
  primary key (tenant_id, execution_id, step_id, kind),
  foreign key (tenant_id, execution_id, step_id) references dd0c.execution_steps (tenant_id, execution_id, id)
);
create index timers_due on dd0c.timers (due_at);
select dd0c.isolate('dd0c.timers');
grant select, insert, delete on dd0c.timers to dd0c_app;
grant update (attempt_id, due_at) on dd0c.timers to dd0c_app;

-- Whose clocks have run out: ids alone, as with the outbox.
create policy lookup on dd0c.timers for select to dd0c_owner using (true);
create function dd0c.tenants_with_timers(at timestamptz) returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$ select distinct t.tenant_id from dd0c.timers t where t.due_at <= at $$;
grant execute on function dd0c.tenants_with_timers(timestamptz) to dd0c_app;

-- The id of a run says nothing of its tenant; whoever hears it must still be allowed to look.
create function dd0c.execution_notify() returns trigger
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  if tg_table_name = 'executions' then
    perform pg_notify('dd0c_execution', new.id::text);
  else
    perform pg_notify('dd0c_execution', new.execution_id::text);
  end if;
  return null;
end
$$;
create trigger execution_notify after insert or update on dd0c.executions
  for each row execute function dd0c.execution_notify();
create trigger execution_notify after insert on dd0c.step_outputs
  for each row execute function dd0c.execution_notify();
