//! Alerts, starts, refusals, homes: what concerns people and runbooks.

use std::time::Duration;

use chrono::TimeDelta;
use dd0c_slack_bot::card::*;
use dd0c_slack_bot::reference::{Key, Nonce, Reference, Token};
use dd0c_types::{AlertId, Command, ExecutionId, Role, RunbookId, StepId, TenantId, Timestamp};
use uuid::Uuid;

use super::{Card, Words};

pub(super) const TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(1));
pub(super) const RUN: ExecutionId = ExecutionId::from_uuid(Uuid::from_u128(0x7a20));

pub(crate) fn key() -> Key {
    Key::new(&[7; 32]).unwrap()
}

/// A signed reference as a button carries it.
pub(crate) fn token(reference: Reference) -> Token {
    reference.sign(&key(), TENANT, Nonce(0x6b33_4a64))
}

pub(super) fn step_token(number: u32, command: Option<&Command>) -> Token {
    let step = StepId::from_uuid(Uuid::from_u128(u128::from(number)));
    token(Reference::Step { execution: RUN, step, attempt: 1, command: command.map(Command::hash) })
}

/// 22 November 2025, at this time of the night.
pub(super) fn at(minute: u32, second: u32) -> Timestamp {
    use chrono::TimeZone;
    chrono::Utc.with_ymd_and_hms(2025, 11, 22, 3, minute, second).unwrap()
}

pub(super) fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

pub(super) fn dashboard(path: &str) -> Link {
    Link::new(&format!("https://app.dd0c.example/{path}")).unwrap()
}

pub(super) fn person(words: &Words, name: &str, id: &str) -> Person {
    Person { name: words.say(name), slack: SlackUser::new(id) }
}

pub(super) fn riley(words: &Words) -> Person {
    person(words, "Riley", "U0RILEY")
}

pub(super) fn runbook(words: &Words, link: &str) -> RunbookName {
    RunbookName { title: words.say("Checkout 5xx: drain bad pods"), version: 7, link: Some(dashboard(link)) }
}

pub(super) fn alert(words: &Words) -> AlertCard {
    AlertCard {
        sender: "PagerDuty",
        number: words.say("#4821"),
        link: Link::new("https://acme.pagerduty.example/incidents/Q4821?a=1&b=2"),
        title: words.say("5xx above 4 % for 5 min"),
        severity: 1,
        service: Some(words.say("checkout-api")),
        region: Some(words.say("us-east-1")),
        folded: 0,
        resolved: false,
        token: token(Reference::Alert(AlertId::from_uuid(Uuid::from_u128(0x4821)))),
        revision: 1,
    }
}

fn offer(words: &Words, number: u128, title: &str, points: u8) -> OfferCard {
    let (alert, runbook) = (Uuid::from_u128(0x4821), Uuid::from_u128(number));
    let (alert, runbook_id) = (AlertId::from_uuid(alert), RunbookId::from_uuid(runbook));
    OfferCard {
        runbook: RunbookName { title: words.say(title), ..runbook_named(words) },
        risks: RiskCounts { safe: 4, caution: 1, dangerous: 1, by_hand: 0 },
        points,
        reasons: ["service name", "region", "keyword \"5xx\""].map(|reason| words.say(reason)).to_vec(),
        prerequisites: ["VPN", "prod AWS profile"].map(|text| words.say(text)).to_vec(),
        last_used: Some(LastUse { at: at(12, 30) - TimeDelta::days(9), resolved_in: Some(seconds(14 * 60)) }),
        token: token(Reference::Offer { alert, runbook: runbook_id, version: 7 }),
    }
}

fn runbook_named(words: &Words) -> RunbookName {
    runbook(words, "runbooks/rbk_55")
}

fn offers(words: &Words) -> Vec<OfferCard> {
    vec![
        offer(words, 0x55, "Checkout 5xx: drain bad pods", 61),
        offer(words, 0x12, "Redis cache flush", 48),
        offer(words, 0x31, "Roll back a release", 45),
    ]
}

pub(super) fn origin(token: Token) -> Origin {
    Origin {
        token,
        channel: "C0INCIDENT".to_owned(),
        thread: "1763780000.000100".to_owned(),
        message: "1763780012.000300".to_owned(),
    }
}

fn start(words: &Words) -> StartCard {
    let agent =
        |id: &str, name: &str, online| AgentChoice { id: id.to_owned(), name: words.say(name), online };
    StartCard {
        origin: origin(offers(words)[0].token.clone()),
        runbook: runbook_named(words),
        steps: 6,
        policy: "policy `strict`: every step waits for a person",
        variables: vec![
            VariableAsk {
                name: words.say("namespace"),
                known: Some((words.say("checkout").chars().take(3_000).collect(), "From the alert")),
                hint: None,
            },
            VariableAsk {
                name: words.say("cache_volume"),
                known: None,
                hint: Some("Used by red step 5".to_owned()),
            },
        ],
        prerequisites: ["I am on the VPN", "I use the prod AWS profile"].map(|text| words.say(text)).to_vec(),
        agents: vec![agent("agt_1", "prod-use1-a", true), agent("agt_2", "prod-use1-b", false)],
    }
}

fn refused(words: &Words, why: NotAllowedWhy, who_may: &[&str]) -> NotAllowed {
    NotAllowed {
        risk: RiskWord::Dangerous,
        why,
        who_may: who_may.iter().map(|name| words.say(name)).collect(),
        token: Some(step_token(5, Some(&words.command("kubectl -n checkout delete pvc checkout-cache-0")))),
        policy: dashboard("settings/policy#red"),
    }
}

fn decided(words: &Words, what: DecidedWord, by: Option<&str>) -> AlreadyDecided {
    AlreadyDecided {
        by: by.map(|by| words.say(by)),
        what,
        position: Position::Step { number: 5, of: 6 },
        at: at(19, 7),
        before: seconds(4),
        link: dashboard("runs/exe_7a20#step-5"),
    }
}

fn home_card(words: &Words) -> HomeCard {
    HomeCard {
        waiting: vec![WaitingLine {
            risk: RiskWord::Caution,
            position: Position::Step { number: 4, of: 6 },
            runbook: words.say("Checkout 5xx: drain bad pods"),
            asked_at: at(13, 44),
            thread: Link::new("https://acme.slack.example/archives/C0INCIDENT/p1763780012000300"),
        }],
        runs: vec![run_line(words)],
        agents: vec![(words.say("prod-use1-a"), true)],
        policy: "strict",
        panic: false,
        account: Some((words.say("riley@acme.example"), Role::Lead)),
        link_account: None,
        dashboard: dashboard(""),
        token: token(Reference::Tenant),
    }
}

fn run_line(words: &Words) -> RunLine {
    RunLine {
        runbook: words.say("Checkout 5xx: drain bad pods"),
        state: RunWord::Waiting,
        step: 4,
        of: 6,
        led_by: words.say("Riley"),
        link: Some(dashboard("runs/exe_7a20")),
    }
}

pub(super) fn states(words: &Words) -> Vec<(&'static str, Card)> {
    let messages = [
        ("01_alert_matched", matched(&alert(words), &offer(words, 0x55, "Checkout 5xx: drain bad pods", 92))),
        (
            "01_alert_storm_resolved",
            matched(
                &AlertCard { folded: 12, resolved: true, revision: 2, ..alert(words) },
                &offers(words)[1],
            ),
        ),
        ("01b_low_confidence", unsure(&alert(words), &offers(words))),
        ("01c_no_match", unmatched(&alert(words))),
        (
            "11_not_authorised",
            not_allowed(&refused(
                words,
                NotAllowedWhy::Role { needed: Role::Lead, has: Role::Responder },
                &["Dana", "Kim"],
            )),
        ),
        ("11_own_run", not_allowed(&refused(words, NotAllowedWhy::OwnRun { needed: Role::Lead }, &[]))),
        ("12_already_decided", already_decided(&decided(words, DecidedWord::Approved, Some("Kim")))),
        ("12_expired", already_decided(&decided(words, DecidedWord::Expired, None))),
        ("21_not_linked", not_linked(&dashboard("slack/link?token=once"))),
        ("30_help", help(&dashboard(""))),
        ("30_status", status(&[run_line(words)], 1, true, &dashboard(""))),
        (
            "30_agents",
            agents(&[(words.say("prod-use1-a"), true), (words.say("prod-use1-b"), false)], &dashboard("")),
        ),
        ("30_sentence", sentence(&words.say("This run has ended. Nothing was done."))),
        (
            "30_cannot_update",
            cannot_update(&words.say("Checkout 5xx: drain bad pods"), &dashboard("runs/exe_7a20")),
        ),
    ];
    let messages = messages.into_iter().map(|(name, message)| (name, Card::Message(message)));
    let why = Why {
        reason: words.say("deletes every pod of the namespace"),
        rule: Some(words.say("k8s.delete-all")),
        matched: None,
        reviewer: ReviewerWord::Silent,
    };
    let explained = words.command("kubectl -n checkout delete pods --all");
    let modals = [
        ("01_why_not_modal", why_not_modal(&origin(offers(words)[0].token.clone()))),
        ("02a_start_modal", start_modal(&start(words)).expect("it asks for little")),
        ("02a_pick_modal", pick_modal(&origin(token(Reference::Tenant)), &offers(words))),
        ("30_loading_modal", loading_modal("Edit step 4 of 6")),
        ("30_notice_modal", notice_modal("Not possible now", &words.say("Panic is on. Nothing runs."))),
        ("30_explain_modal", explain_modal(&explained, RiskWord::Dangerous, Some(&why), &dashboard(""))),
    ];
    let modals = modals.into_iter().map(|(name, modal)| (name, Card::Modal(modal)));
    let homes = [
        ("20_app_home", Card::Home(home(&home_card(words)))),
        ("20_app_home_not_linked", Card::Home(home(&not_linked_home(words)))),
    ];
    messages.chain(modals).chain(homes).collect()
}

fn not_linked_home(words: &Words) -> HomeCard {
    HomeCard {
        waiting: Vec::new(),
        runs: Vec::new(),
        agents: Vec::new(),
        account: None,
        link_account: Some(dashboard("slack/link?token=once")),
        ..home_card(words)
    }
}
