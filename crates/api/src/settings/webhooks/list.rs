//! Lists the webhooks.

use dd0c_store::{alert_deliveries, webhook_endpoints};

use crate::body::Json;
use crate::context::CallContext;
use crate::problem::ApiError;
use crate::settings::webhooks::{LastDelivery, WebhookList, view};

/// Lists the webhooks where alerts come in, by name; never their secrets.
#[utoipa::path(get, path = "/settings/webhooks", tag = "Settings", responses((status = 200, body = WebhookList)))]
pub(crate) async fn list_webhooks(ctx: CallContext) -> Result<Json<WebhookList>, ApiError> {
    let now = ctx.now();
    let mut tx = ctx.tenant_tx().await?;
    let last = alert_deliveries::last_outcomes(&mut tx).await?;
    let mut webhooks = Vec::new();
    for place in webhook_endpoints::list(&mut tx).await? {
        let last = last.iter().find(|(id, ..)| *id == place.id);
        let last = last.map(|(_, at, outcome)| LastDelivery { at: *at, outcome: outcome.clone() });
        webhooks.push(view(ctx.app(), &mut tx, place, last, now).await?);
    }
    Ok(Json(WebhookList { webhooks }))
}
