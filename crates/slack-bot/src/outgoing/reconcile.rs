//! Hears of changes and keeps one desk for each workspace. A notification only says that looking is worth while; every
//! few seconds each desk looks anyway.

use std::sync::Arc;
use std::time::Duration;

use dd0c_queue::{Consumer, Handler, Message, Rejected, Settings, topic};
use dd0c_store::slack::workspaces;
use dd0c_store::{StoreError, TenantTx};
use dd0c_types::{AlertId, ExecutionId, TenantId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Subject, desk};
use crate::bot::Bot;

/// Every change of a run is told here.
const CHANNEL: &str = "dd0c_execution";
/// After the database fell silent.
const RETRY: Duration = Duration::from_secs(1);
/// How often new workspaces are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Keeps Slack up to date until `stop`.
pub(crate) async fn run(bot: Arc<Bot>, stop: CancellationToken) {
    let alerts = Consumer::new(
        bot.store.clone(),
        Arc::clone(&bot.clock),
        topic::ALERT_CHANGED,
        "slack-bot",
        Settings::default(),
    );
    let changed = AlertChanged(Arc::clone(&bot));
    tokio::join!(hear_runs(&bot, &stop), alerts.run(&changed, &stop), keep_desks(&bot, &stop));
}

async fn keep_desks(bot: &Arc<Bot>, stop: &CancellationToken) {
    let mut desks = tokio::task::JoinSet::new();
    while !stop.is_cancelled() {
        match all(bot).await {
            Ok(workspaces) => {
                for (tenant, workspace) in workspaces.into_iter().filter(|(_, id)| !bot.has_desk(*id)) {
                    desks.spawn(desk::run(Arc::clone(bot), tenant, workspace, stop.clone()));
                }
            }
            Err(error) => tracing::warn!(%error, "workspaces could not be read; Slack may show old things"),
        }
        stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
    }
    while desks.join_next().await.is_some() {}
}

async fn all(bot: &Bot) -> Result<Vec<(TenantId, Uuid)>, StoreError> {
    let mut all = Vec::new();
    for tenant in workspaces::tenants(&bot.store).await? {
        all.extend(of_tenant(bot, tenant).await?.into_iter().map(|workspace| (tenant, workspace)));
    }
    Ok(all)
}

async fn of_tenant(bot: &Bot, tenant: TenantId) -> Result<Vec<Uuid>, StoreError> {
    let mut tx = bot.store.tenant(tenant).await?;
    Ok(workspaces::list(&mut tx).await?.into_iter().map(|workspace| workspace.id).collect())
}

/// Wakes the desks of the tenant whose run changed.
async fn hear_runs(bot: &Arc<Bot>, stop: &CancellationToken) {
    let work = async {
        loop {
            if let Ok(mut listener) = bot.store.listener(&[CHANNEL]).await {
                while let Ok(heard) = listener.next().await {
                    let run = heard.and_then(|(_, payload)| Uuid::try_parse(&payload).ok());
                    if let Some(run) = run
                        && let Err(error) = changed(bot, ExecutionId::from_uuid(run)).await
                    {
                        tracing::warn!(%error, "a change of a run could not be followed up at once");
                    }
                }
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    stop.run_until_cancelled(work).await;
}

async fn changed(bot: &Bot, run: ExecutionId) -> Result<(), StoreError> {
    let Some(tenant) = workspaces::tenant_of(&bot.store, run).await? else { return Ok(()) };
    for workspace in of_tenant(bot, tenant).await? {
        bot.wake(workspace, Subject::Run(run));
    }
    Ok(())
}

struct AlertChanged(Arc<Bot>);

impl Handler for AlertChanged {
    /// Nothing is done in the transaction: the desk reads the alert anew.
    async fn handle(&self, tx: &mut TenantTx<'_>, message: &Message) -> Result<(), Rejected> {
        let id = message.fields.get("alert_id").and_then(|id| id.as_str());
        let alert: AlertId = id
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| Rejected::Dead("it names no alert".to_owned()))?;
        for workspace in workspaces::list(tx).await? {
            self.0.wake(workspace.id, Subject::Alert(alert));
        }
        Ok(())
    }
}
