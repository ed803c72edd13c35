-- sunset_date: 2026-12-20
-- What is kept of alerts does not grow for ever, and the last delivery of an endpoint is found without reading them all.

create index alert_deliveries_last on dd0c.alert_deliveries (tenant_id, endpoint_id, received_at desc);
grant delete on dd0c.alert_vectors to dd0c_app;
