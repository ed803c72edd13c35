//! Runbooks: versions that never change, edits that never overwrite each other.

use dd0c_store::runbooks::NewVersion;
use dd0c_store::{StoreError, classifications, runbooks};
use dd0c_types::classification::CommandSpan;
use dd0c_types::runbook::{
    CommandSource, Fidelity, Format, SCHEMA, Source, Step, StepCommand, StepKind, Timings,
};
use dd0c_types::{
    Classification, Command, Finding, MergeRule, ParsedRunbook, Risk, ScannerRisk, ScannerVerdict, StepId,
    TrustLevel,
};

use crate::world::{World, actor, runbook, step};

fn classification(command: &Command) -> Classification {
    let finding = Finding {
        rule: "coreutils.rm".into(),
        risk: ScannerRisk::Dangerous,
        span: CommandSpan { start: 0, end: 2 },
        why: "deletes files".into(),
        safer: None,
        rollback: None,
        object: None,
        effect: None,
    };
    Classification {
        risk: Risk::Dangerous,
        merge_rule: MergeRule::M1,
        scanner: ScannerVerdict {
            risk: ScannerRisk::Dangerous,
            version: "1".into(),
            elapsed_us: 12,
            findings: vec![finding],
            tokens: Vec::new(),
        },
        reviewer: None,
        object: None,
        objects: Vec::new(),
        command_sha256: command.hash(),
    }
}

fn parsed(text: &str, id: StepId) -> ParsedRunbook {
    let command = Command::new(text);
    let verdict = classification(&command);
    ParsedRunbook {
        schema: SCHEMA.into(),
        title: "Clear the cache".into(),
        source: Source { sha256: "0".repeat(64), bytes: text.len(), format: Format::Markdown },
        extracted_by: "structure".into(),
        models: Vec::new(),
        has_actionable_steps: true,
        prerequisites: Vec::new(),
        variables: Vec::new(),
        steps: vec![Step {
            id,
            order: 1,
            title: "Delete it".into(),
            kind: StepKind::Command,
            command: Some(StepCommand {
                text: command,
                language: "bash".into(),
                source: CommandSource { start: 0, end: text.len(), line: 1 },
                fidelity: Fidelity::Verbatim,
                context: None,
            }),
            group: 0,
            sets: Vec::new(),
            uses: Vec::new(),
            rollback: None,
            hazards: Vec::new(),
            branch: None,
            vague: false,
            classification: Some(verdict),
        }],
        ambiguities: Vec::new(),
        warnings: Vec::new(),
        timings_ms: Timings::default(),
    }
}

/// Saves `text` as a new runbook (`expected` none) or as the version after `expected`.
async fn save(world: &World, expected: Option<u32>, text: &str) -> Result<u32, StoreError> {
    let (parsed, by) = (parsed(text, step(1)), actor(world.a));
    let new = NewVersion { title: "Clear the cache", text, parsed: &parsed, by: &by };
    let mut tx = world.tx(world.a).await;
    let saved = match expected {
        None => runbooks::create(&mut tx, runbook(1), &new).await?,
        Some(version) => runbooks::update(&mut tx, runbook(1), version, &new).await?,
    };
    tx.commit().await?;
    Ok(saved.latest_version)
}

#[tokio::test]
async fn an_edit_makes_the_next_version_and_the_first_stays_to_the_byte() {
    let world = World::new().await;
    let first = "rm -rf /srv/cache\t\u{200b}\r\n  ünïcode ✓ ";
    assert_eq!(save(&world, None, first).await.unwrap(), 1);
    assert_eq!(save(&world, Some(1), "rm -rf /srv/cache/old").await.unwrap(), 2);

    let mut tx = world.tx(world.a).await;
    let one = runbooks::get_version(&mut tx, runbook(1), 1).await.unwrap();
    assert!(one.text == first && one.parsed == parsed(first, step(1)) && one.created_by == actor(world.a));
    let two = runbooks::get_version(&mut tx, runbook(1), 2).await.unwrap();
    assert!(two.text == "rm -rf /srv/cache/old");
    let versions = runbooks::versions(&mut tx, runbook(1)).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(versions[1].source_sha256, Command::new(first).hash().to_string());
    assert_eq!(runbooks::list(&mut tx).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_stale_edit_is_refused_and_told_the_version_that_stands() {
    let world = World::new().await;
    save(&world, None, "one").await.unwrap();
    save(&world, Some(1), "two").await.unwrap();
    assert!(matches!(save(&world, Some(1), "lost").await, Err(StoreError::Stale { current: 2 })));
    let mut tx = world.tx(world.a).await;
    assert_eq!(runbooks::versions(&mut tx, runbook(1)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn of_two_who_edit_at_once_one_is_told_that_they_are_late() {
    let world = World::new().await;
    save(&world, None, "one").await.unwrap();
    let (left, right) = tokio::join!(save(&world, Some(1), "left"), save(&world, Some(1), "right"));
    let late =
        [left, right].into_iter().filter(|saved| matches!(saved, Err(StoreError::Stale { current: 2 })));
    assert_eq!(late.count(), 1);
}

#[tokio::test]
async fn the_verdicts_of_a_version_are_kept_beside_it_and_found_by_step() {
    let world = World::new().await;
    save(&world, None, "rm -rf /srv/cache").await.unwrap();
    save(&world, Some(1), "rm -rf /srv/cache").await.unwrap();
    let mut tx = world.tx(world.a).await;
    let found = classifications::get(&mut tx, step(1)).await.unwrap();
    assert_eq!((found.version, found.classification.risk), (2, Risk::Dangerous));
    let verdict = found.classification;
    let twice = classifications::put(&mut tx, runbook(1), 2, step(1), &verdict).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })));
    drop(tx);
    let mut tx = world.tx(world.b).await;
    assert!(matches!(classifications::get(&mut tx, step(1)).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_deleted_runbook_leaves_the_lists_but_what_ran_stays_readable() {
    let world = World::new().await;
    save(&world, None, "one").await.unwrap();
    let mut tx = world.tx(world.a).await;
    runbooks::soft_delete(&mut tx, runbook(1)).await.unwrap();
    assert!(matches!(runbooks::get(&mut tx, runbook(1)).await, Err(StoreError::NotFound)));
    assert!(matches!(runbooks::soft_delete(&mut tx, runbook(1)).await, Err(StoreError::NotFound)));
    assert_eq!(runbooks::list(&mut tx).await.unwrap(), []);
    assert!(runbooks::get_version(&mut tx, runbook(1), 1).await.is_ok());
    tx.commit().await.unwrap();
    assert!(matches!(save(&world, Some(1), "two").await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn trust_starts_at_ask_and_another_tenant_cannot_raise_it() {
    let world = World::new().await;
    save(&world, None, "one").await.unwrap();
    let mut tx = world.tx(world.b).await;
    let raised = runbooks::set_trust_level(&mut tx, runbook(1), TrustLevel::Copilot).await;
    assert!(matches!(raised, Err(StoreError::NotFound)));
    drop(tx);
    let mut tx = world.tx(world.a).await;
    assert_eq!(runbooks::get(&mut tx, runbook(1)).await.unwrap().trust_level, TrustLevel::Ask);
    let raised = runbooks::set_trust_level(&mut tx, runbook(1), TrustLevel::Copilot).await.unwrap();
    assert_eq!(raised.trust_level, TrustLevel::Copilot);
    assert!(runbooks::set_locked_strict(&mut tx, runbook(1), true).await.unwrap().locked_strict);
}

#[tokio::test]
async fn a_version_cannot_be_changed_removed_or_saved_with_a_false_hash_by_anyone() {
    let world = World::new().await;
    save(&world, None, "one").await.unwrap();
    let mut db = world.superuser().await;
    for attack in [
        "update dd0c.runbook_versions set source_text = 'two'",
        "delete from dd0c.runbook_versions",
        "truncate dd0c.runbook_versions cascade",
        "update dd0c.classifications set document = '{}'",
        "insert into dd0c.runbook_versions select tenant_id, runbook_id, 2, title, 'forged', source_sha256, parsed,
         created_by from dd0c.runbook_versions",
    ] {
        assert!(sqlx::raw_sql(attack).execute(&mut db).await.is_err(), "{attack}");
    }
}
