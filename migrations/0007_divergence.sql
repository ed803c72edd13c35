-- sunset_date: 2026-12-20
-- What of a run departed from its runbook, counted when the run ended; the departures themselves stand in its audit
-- event and follow from its steps.

alter table dd0c.executions
  add column departures  integer not null default 0 check (departures >= 0),
  add column suggestions integer not null default 0 check (suggestions >= 0);
grant update (departures, suggestions) on dd0c.executions to dd0c_app;

-- How the runs of one version went.
create index executions_of_version on dd0c.executions (tenant_id, runbook_id, version, ended_at);
