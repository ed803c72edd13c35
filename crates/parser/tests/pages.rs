//! Whole pages, one for each format.

use crate::support::grounding::assert_grounded;
use dd0c_types::runbook::{Format, Hazard, StepKind, VariableKind};

/// The commands of a runbook, in order.
fn commands(runbook: &dd0c_types::ParsedRunbook) -> Vec<&str> {
    runbook
        .steps
        .iter()
        .filter_map(|step| step.command.as_ref())
        .map(|command| command.text.reveal())
        .collect()
}

fn read(text: &str, format: Format) -> dd0c_types::ParsedRunbook {
    let runbook = dd0c_parser::parse(text, None).expect("the page is a runbook");
    assert_eq!(runbook.source.format, format);
    assert_grounded(text, &runbook);
    runbook
}

#[test]
fn a_markdown_page_gives_its_commands_variables_and_doubts() {
    let text = include_str!("pages/restart-queue-workers.md");
    let runbook = read(text, Format::Markdown);
    assert_eq!(
        commands(&runbook),
        [
            "kubectl -n <namespace> get pods -l app=order-worker",
            "POD=$(kubectl -n <namespace> get pods -l app=order-worker -o name | head -1)",
            "kubectl -n <namespace> delete \"$POD\"",
            "for batch in $(queuectl list --dead --queue \"${QUEUE}\"); do\n  queuectl requeue \\\n    --batch \"$batch\" --rate [RATE_LIMIT]\ndone",
            "curl -X POST -d @- https://hooks.example.org/ops <<JSON\n{\"text\": \"requeued by ${USER}\"}\nJSON",
            "psql -h DB_HOST -c 'SELECT count(*) FROM dead'",
        ]
    );
    let inputs: Vec<_> = runbook
        .variables
        .iter()
        .filter(|v| v.kind != VariableKind::Derived)
        .map(|v| v.name.as_str())
        .collect();
    assert_eq!(inputs, ["namespace", "QUEUE", "RATE_LIMIT", "DB_HOST"]);
    let derived = runbook.variables.iter().find(|v| v.kind == VariableKind::Derived).unwrap();
    assert_eq!((derived.name.as_str(), derived.set_by), ("POD", Some(runbook.steps[1].id)));
    let undone = runbook.steps.iter().find_map(|step| step.rollback.as_ref()).unwrap();
    assert_eq!(undone.text.reveal(), "kubectl -n <namespace> rollout undo deploy/order-worker");
    assert_eq!(runbook.prerequisites.len(), 2);
    assert_eq!(runbook.ambiguities[0].text, "Check the logs.");
    assert!(runbook.ambiguities[0].question.contains("Which logs"));
    let branch = runbook.steps.iter().find_map(|step| step.branch.as_ref()).unwrap();
    assert_eq!(branch.condition, "a pod is not ready");
}

#[test]
fn a_confluence_page_keeps_what_stands_in_cdata_and_decodes_entities() {
    let text = include_str!("pages/renew-certificate.confluence.html");
    let runbook = read(text, Format::Confluence);
    assert_eq!(
        commands(&runbook),
        [
            "certbot renew --cert-name <domain> > /tmp/renew.log && tail -1 /tmp/renew.log",
            "sudo systemctl reload nginx && systemctl is-active nginx",
        ]
    );
    assert_eq!(runbook.steps[2].kind, StepKind::Manual);
    assert_eq!(runbook.prerequisites[0].text, "Role gateway-admin");
}

#[test]
fn an_asciidoc_page_loses_its_callouts_and_keeps_its_items() {
    let text = include_str!("pages/grow-volume.adoc");
    let runbook = read(text, Format::Asciidoc);
    assert_eq!(
        commands(&runbook),
        ["SIZE={new_size}", "lvextend -L \"$SIZE\" /dev/data/<volume>", "xfs_growfs /srv/data"]
    );
    assert_eq!(runbook.steps[0].group, runbook.steps[1].group);
    assert_ne!(runbook.steps[1].group, runbook.steps[2].group);
}

#[test]
fn a_restructuredtext_page_joins_what_its_prompts_carry_on() {
    let text = include_str!("pages/move-database.rst");
    let runbook = read(text, Format::Rst);
    assert_eq!(
        commands(&runbook),
        [
            "pg_dump -Fc ${DB_NAME} \\\n  -f /backup/dump.pgc",
            "pg_restore -d NEW_DB /backup/dump.pgc",
            "SELECT setval('orders_id_seq',\n  (SELECT max(id) FROM orders));",
            "UPDATE settings SET ready = true;",
        ]
    );
    assert_eq!(runbook.steps[0].command.as_ref().unwrap().context.as_deref(), Some("admin@old"));
}

#[test]
fn plain_text_gives_its_commands_without_their_output() {
    let text = include_str!("pages/clear-disk.txt");
    let runbook = read(text, Format::Text);
    assert_eq!(
        commands(&runbook),
        [
            "df -h /var",
            "find /var/log/app -name '*.gz' -mtime +7 -delete",
            "journalctl --vacuum-size=200M",
            "sudo systemctl restart fluent-bit",
        ]
    );
}

#[test]
fn hazards_are_named() {
    let hazard = |command: &str| {
        let text = format!("Run this:\n\n```bash\n{command}\n```\n");
        dd0c_parser::parse(&text, None).unwrap().steps[0].hazards.clone()
    };
    assert_eq!(hazard("kubectl exec -it pod/x -- sh"), [Hazard::Interactive]);
    assert_eq!(hazard("kubectl logs -f deploy/x"), [Hazard::Endless]);
    assert_eq!(hazard("cd /srv/app"), [Hazard::ShellState]);
    assert_eq!(hazard("sleep 100 &"), [Hazard::Background]);
    assert!(hazard("kubectl port-forward svc/x 8080:80").contains(&Hazard::OtherTerminal));
    assert_eq!(hazard("mysql -h db -e 'SELECT 1'"), []);
    assert!(hazard("curl -H 'token: abcdefgh12345678' https://x").contains(&Hazard::SecretInText));
}
