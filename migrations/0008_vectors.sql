-- sunset_date: 2026-12-20
-- What a model makes of the words of an alert: kept with them, so that the same words compare the same and are sent once.

create table dd0c.alert_vectors (
  tenant_id   uuid not null,
  alert_id    uuid not null,
  model       text not null check (length(model) between 1 and 200),
  -- SHA-256 of the text that was sent.
  text_sha256 bytea not null check (length(text_sha256) = 32),
  vector      real[] not null check (cardinality(vector) between 1 and 8192),
  created_at  timestamptz not null default clock_timestamp(),
  -- The last one alone: an alert's words change, and nobody asks for those of before.
  primary key (tenant_id, alert_id),
  foreign key (tenant_id, alert_id) references dd0c.alerts (tenant_id, id)
);
select dd0c.isolate('dd0c.alert_vectors');
grant select, insert on dd0c.alert_vectors to dd0c_app;
grant update (model, text_sha256, vector, created_at) on dd0c.alert_vectors to dd0c_app;

alter table dd0c.model_usage
  drop constraint model_usage_purpose_check,
  add constraint model_usage_purpose_check check (purpose in ('labels', 'review', 'vectors'));
