//! Shows one alert.

use dd0c_store::alerts;
use dd0c_types::AlertId;

use crate::alerts::AlertView;
use crate::body::Json;
use crate::context::CallContext;
use crate::path::Id;
use crate::problem::ApiError;

/// Shows one alert.
#[utoipa::path(get, path = "/alerts/{id}", tag = "Alerts",
    params(("id" = AlertId, Path, description = "The alert.")), responses((status = 200, body = AlertView)))]
pub(crate) async fn show_alert(ctx: CallContext, Id(id): Id<AlertId>) -> Result<Json<AlertView>, ApiError> {
    let mut tx = ctx.tenant_tx().await?;
    Ok(Json(alerts::get(&mut tx, id).await?.into()))
}
