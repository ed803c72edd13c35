-- sunset_date: 2026-12-20
-- Alerts: where they come in, each delivery once, what they were folded into, and which runbook fits. And the queue
-- that carries work between services where there is no other.

----------------------------------------------------------------------------------------------------------- webhooks

-- A place where alerts come in. Its key stands in the address and only says whose place it is: 256 random bits, found
-- by their hash. What a delivery must prove is that it knows a secret.
create table dd0c.webhook_endpoints (
  tenant_id        uuid not null references dd0c.tenants (id),
  id               uuid not null,
  sender           text not null check (sender in ('pagerduty', 'opsgenie', 'jsm', 'alertmanager', 'dd0c-alert')),
  name             text not null check (length(name) between 1 and 200),
  key              bytea not null check (octet_length(key) = 32),
  hash             bytea not null generated always as (sha256(key)) stored,
  created_by       jsonb not null,
  created_at       timestamptz not null,
  last_delivery_at timestamptz,
  deleted_at       timestamptz,
  primary key (tenant_id, id)
);
-- Hashes of 256 random bits: that two collide says nothing about another tenant.
create unique index webhook_endpoints_hash on dd0c.webhook_endpoints (hash);
select dd0c.isolate('dd0c.webhook_endpoints');
grant select, insert on dd0c.webhook_endpoints to dd0c_app;
grant update (name, last_delivery_at, deleted_at) on dd0c.webhook_endpoints to dd0c_app;

-- Sealed with a key that the database does not hold: 12 bytes of nonce, the secret, 16 bytes of tag. A signature must
-- be computed, so a hash would not do. 44 bytes at least means that no secret is shorter than 16: none is empty.
create table dd0c.webhook_secrets (
  tenant_id   uuid not null,
  endpoint_id uuid not null,
  id          uuid not null,
  sealed      bytea not null check (octet_length(sealed) between 44 and 540),
  created_at  timestamptz not null,
  -- While a secret is changed, the old one is still good until here.
  expires_at  timestamptz,
  primary key (tenant_id, endpoint_id, id),
  foreign key (tenant_id, endpoint_id) references dd0c.webhook_endpoints (tenant_id, id)
);
select dd0c.isolate('dd0c.webhook_secrets');
grant select, insert, delete on dd0c.webhook_secrets to dd0c_app;
grant update (expires_at) on dd0c.webhook_secrets to dd0c_app;

-- Which tenant's place an address is comes before any tenant is known: ids alone.
create policy lookup on dd0c.webhook_endpoints for select to dd0c_owner using (true);
create function dd0c.find_webhook_endpoint(wanted bytea) returns table (tenant_id uuid, endpoint_id uuid)
  language sql stable security definer
  set search_path = pg_catalog
  as $$
    select e.tenant_id, e.id from dd0c.webhook_endpoints e where e.hash = wanted and e.deleted_at is null
  $$;
grant execute on function dd0c.find_webhook_endpoint(bytea) to dd0c_app;

------------------------------------------------------------------------------------------------------------- alerts

create table dd0c.alerts (
  tenant_id     uuid not null references dd0c.tenants (id),
  id            uuid not null,
  sender        text not null check (sender in ('pagerduty', 'opsgenie', 'jsm', 'alertmanager', 'dd0c-alert')),
  -- What the sender calls it through all its deliveries.
  key           text not null check (length(key) between 1 and 255),
  status        text not null check (status in ('firing', 'acknowledged', 'resolved')),
  severity      smallint not null check (severity between 1 and 5),
  -- All deliveries as one, and by which delivery each part of it stands.
  alert         jsonb not null,
  stamps        jsonb not null,
  deliveries    integer not null default 1 check (deliveries >= 1),
  first_seen_at timestamptz not null,
  last_seen_at  timestamptz not null,
  -- The runbooks that may fit, best first, with reasons; null until the ranking was made.
  choice        jsonb,
  -- The one that was chosen: by the ranking when it was sure, or by a person.
  runbook_id    uuid,
  chosen_by     jsonb,
  -- "Not this one": which runbooks people ruled out, who, and why.
  rejections    jsonb not null default '[]',
  execution_id  uuid,
  -- In a storm an alert is shown with another one and not for itself.
  folded_into   uuid,
  folded        integer not null default 0 check (folded >= 0),
  revision      bigint not null default 1,
  primary key (tenant_id, id),
  unique (tenant_id, sender, key),
  check (folded_into <> id),
  foreign key (tenant_id, runbook_id) references dd0c.runbooks (tenant_id, id),
  foreign key (tenant_id, execution_id) references dd0c.executions (tenant_id, id),
  foreign key (tenant_id, folded_into) references dd0c.alerts (tenant_id, id)
);
create index alerts_recent on dd0c.alerts (tenant_id, last_seen_at desc, id);
create index alerts_shown on dd0c.alerts (tenant_id, first_seen_at desc) where folded_into is null;
select dd0c.isolate('dd0c.alerts');
grant select, insert on dd0c.alerts to dd0c_app;
grant update (key, status, severity, alert, stamps, deliveries, first_seen_at, last_seen_at, choice, runbook_id, chosen_by,
              rejections, execution_id, folded_into, folded, revision) on dd0c.alerts to dd0c_app;

-- Each delivery once, for good: of one that was taken in before only this row remains, and its replay finds it.
create table dd0c.alert_deliveries (
  tenant_id   uuid not null,
  sender      text not null,
  -- SHA-256 of what tells deliveries apart: the sender's id within the signed body, else the body.
  identity    bytea not null check (length(identity) = 32),
  endpoint_id uuid not null,
  -- As it came, without any header; gone once it was taken in.
  body        bytea check (octet_length(body) <= 262144),
  received_at timestamptz not null,
  taken_at    timestamptz,
  outcome     text check (length(outcome) <= 500),
  primary key (tenant_id, sender, identity),
  foreign key (tenant_id, endpoint_id) references dd0c.webhook_endpoints (tenant_id, id)
);
create index alert_deliveries_age on dd0c.alert_deliveries (tenant_id, received_at);
select dd0c.isolate('dd0c.alert_deliveries');
grant select, insert, delete on dd0c.alert_deliveries to dd0c_app;
grant update (body, taken_at, outcome) on dd0c.alert_deliveries to dd0c_app;

----------------------------------------------------------------------------------------------------------- matching

create table dd0c.matching_rules (
  tenant_id  uuid not null,
  runbook_id uuid not null,
  tags       jsonb not null default '[]',
  rules      jsonb not null default '[]',
  version    integer not null default 1 check (version >= 1),
  updated_by jsonb not null,
  updated_at timestamptz not null,
  primary key (tenant_id, runbook_id),
  foreign key (tenant_id, runbook_id) references dd0c.runbooks (tenant_id, id)
);
select dd0c.isolate('dd0c.matching_rules');
grant select, insert on dd0c.matching_rules to dd0c_app;
grant update (tags, rules, version, updated_by, updated_at) on dd0c.matching_rules to dd0c_app;

-- What a model makes of title and text; only vectors of one model compare.
create table dd0c.runbook_vectors (
  tenant_id   uuid not null,
  runbook_id  uuid not null,
  model       text not null check (length(model) between 1 and 200),
  -- SHA-256 of the text that was sent.
  text_sha256 bytea not null check (length(text_sha256) = 32),
  vector      real[] not null check (cardinality(vector) between 1 and 8192),
  created_at  timestamptz not null default clock_timestamp(),
  primary key (tenant_id, runbook_id, model),
  foreign key (tenant_id, runbook_id) references dd0c.runbooks (tenant_id, id)
);
select dd0c.isolate('dd0c.runbook_vectors');
grant select, insert on dd0c.runbook_vectors to dd0c_app;
grant update (text_sha256, vector, created_at) on dd0c.runbook_vectors to dd0c_app;

-------------------------------------------------------------------------------------------------------------- queue

create table dd0c.queue_messages (
  tenant_id  uuid not null references dd0c.tenants (id),
  topic      text not null check (length(topic) between 1 and 100),
  -- Published twice under one id, it is one message.
  id         text not null check (length(id) between 1 and 200),
  body       jsonb not null check (pg_column_size(body) <= 262144),
  created_at timestamptz not null default clock_timestamp(),
  visible_at timestamptz not null,
  -- How often it was received. Whoever received it last, and nobody else, may settle it.
  attempts   integer not null default 0 check (attempts >= 0),
  last_error text check (length(last_error) <= 500),
  done_at    timestamptz,
  dead_at    timestamptz,
  primary key (tenant_id, topic, id)
);
create index queue_messages_due on dd0c.queue_messages (topic, visible_at) where done_at is null and dead_at is null;
select dd0c.isolate('dd0c.queue_messages');
grant select, insert, delete on dd0c.queue_messages to dd0c_app;
grant update (visible_at, attempts, last_error, done_at, dead_at) on dd0c.queue_messages to dd0c_app;

-- A notification is seen by everybody who listens: it carries the topic and nothing of a tenant.
create function dd0c.queue_notify() returns trigger
  language plpgsql
  set search_path = pg_catalog
  as $$
begin
  perform pg_notify('dd0c_queue', new.topic);
  return null;
end
$$;
create trigger queue_notify after insert on dd0c.queue_messages for each row execute function dd0c.queue_notify();

-- Who has something due: ids alone, as with the outbox.
create policy lookup on dd0c.queue_messages for select to dd0c_owner using (true);
create function dd0c.tenants_with_queue_messages(wanted_topic text, at timestamptz) returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog
  as $$
    select distinct q.tenant_id from dd0c.queue_messages q
    where q.topic = wanted_topic and q.done_at is null and q.dead_at is null and q.visible_at <= at
  $$;
grant execute on function dd0c.tenants_with_queue_messages(text, timestamptz) to dd0c_app;
