//! What the audit trail keeps of a version that was stored.

use dd0c_store::{StoreError, TenantTx, audit};
use dd0c_types::runbook::Step;
use dd0c_types::{Actor, EventType, ExecutionId, ParsedRunbook, RunbookId};
use serde_json::{Value, json};

/// Records that a text was parsed, stored as a version, and how each of its commands was judged: what the scanner
/// found, what the reviewer said or that none spoke, and which rule merged the two.
pub(crate) async fn record(
    tx: &mut TenantTx<'_>,
    actor: &Actor,
    event: EventType,
    id: RunbookId,
    version: u32,
    parsed: &ParsedRunbook,
    from_execution: Option<ExecutionId>,
) -> Result<(), StoreError> {
    audit::append(tx, EventType::RunbookParsed, None, actor, parse_facts(id, version, parsed)).await?;
    let mut data =
        json!({"runbook_id": id, "version": version, "title": parsed.title, "steps": parsed.steps.len()});
    if let Some(run) = from_execution {
        data["from_execution"] = json!(run);
    }
    audit::append(tx, event, None, actor, data).await?;
    for step in &parsed.steps {
        if let Some(data) = verdict(id, version, step) {
            audit::append(tx, EventType::RunbookClassified, None, actor, data).await?;
        }
    }
    Ok(())
}

fn parse_facts(id: RunbookId, version: u32, parsed: &ParsedRunbook) -> Value {
    json!({
        "runbook_id": id, "version": version, "source": parsed.source, "extracted_by": parsed.extracted_by,
        "steps": parsed.steps.len(), "variables": parsed.variables.len(), "ambiguities": parsed.ambiguities.len(),
        "models": parsed.models, "timings_ms": parsed.timings_ms,
    })
}

fn verdict(id: RunbookId, version: u32, step: &Step) -> Option<Value> {
    let verdict = step.classification.as_ref()?;
    Some(json!({
        "runbook_id": id, "version": version, "step_id": step.id, "order": step.order,
        "command": step.command.as_ref().map(|command| &command.text),
        "command_sha256": verdict.command_sha256, "risk": verdict.risk, "merge_rule": verdict.merge_rule,
        "scanner": {
            "risk": verdict.scanner.risk, "version": verdict.scanner.version, "findings": verdict.scanner.findings,
        },
        "reviewer": verdict.reviewer,
    }))
}
