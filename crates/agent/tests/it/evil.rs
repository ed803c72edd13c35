//! An engine in the hands of an attacker: it holds the stream, and not the key that signs grants.

use dd0c_pki::grant::{Grant, Signer};
use dd0c_proto::agent::v1::ExecuteStep;
use dd0c_proto::agent::v1::engine_message::Kind;
use dd0c_types::intent::Intent;
use dd0c_types::{AgentId, AttemptId, Command, ExecutionId, Risk, StepId, TenantId};
use uuid::Uuid;

use crate::engine::World;

type Forge = Box<dyn Fn(&World, &mut Intent, &mut Grant) -> Option<Vec<u8>>>;

/// Changes made to an intent after it was signed: the hash no longer matches.
fn after_signing() -> Vec<fn(&mut Intent)> {
    vec![
        |i| i.tenant = TenantId::from_uuid(Uuid::now_v7()),
        |i| i.agent = AgentId::from_uuid(Uuid::now_v7()),
        |i| i.execution = ExecutionId::from_uuid(Uuid::now_v7()),
        |i| i.step = StepId::from_uuid(Uuid::now_v7()),
        |i| i.attempt = AttemptId::from_uuid(Uuid::now_v7()),
        |i| i.shell = "sh".into(),
        |i| i.command = Command::new(format!("{} ", i.command.reveal())),
        |i| i.command = Command::new(format!("{}; id", i.command.reveal())),
        |i| i.cwd = "/".into(),
        |i| drop(i.environment.insert("A".into(), "1".into())),
        |i| i.sets.push("A".into()),
        |i| i.timeout_ms += 1,
        |i| i.risk = Risk::Caution,
        |i| i.scanner_version.push('1'),
    ]
}

/// Intents that are signed as they are and refused all the same: the signer's key was abused, or its engine erred.
fn signed_and_wrong() -> Vec<fn(&mut Intent)> {
    vec![
        |i| i.tenant = TenantId::from_uuid(Uuid::now_v7()),
        |i| i.agent = AgentId::from_uuid(Uuid::now_v7()),
        |i| i.risk = Risk::Safe,
        |i| i.shell = "zsh".into(),
        |i| i.shell = "/tmp/evil".into(),
        |i| i.command = Command::new(format!("{}\0", i.command.reveal())),
        |i| i.timeout_ms = 0,
        |i| i.sets.push("a;id".into()),
        |i| drop(i.environment.insert("LD_PRELOAD".into(), "/tmp/x.so".into())),
        |i| drop(i.environment.insert("BASH_ENV".into(), "/tmp/x".into())),
        |i| drop(i.environment.insert("PATH".into(), "/tmp".into())),
        |i| drop(i.environment.insert("BASH_FUNC_echo%%".into(), "() { id; }".into())),
        |i| drop(i.environment.insert("A=B".into(), "x".into())),
        |i| i.command = Command::new(format!("{} # forbidden-word", i.command.reveal())),
    ]
}

fn forged_grants() -> Vec<Forge> {
    let own = |change: fn(&mut Grant)| -> Forge {
        Box::new(move |world, _, grant| {
            change(grant);
            Some(world.signer.sign_grant(grant))
        })
    };
    let bytes = |change: fn(Vec<u8>) -> Vec<u8>| -> Forge {
        Box::new(move |world, _, grant| Some(change(world.signer.sign_grant(grant))))
    };
    vec![
        own(|g| g.intent_hash[0] ^= 1),
        own(|g| g.issued_unix_ms -= 61_000),
        own(|g| g.issued_unix_ms -= 3_600_000),
        own(|g| g.validity_ms = 0),
        own(|g| g.validity_ms = 60_001),
        own(|g| g.validity_ms = u64::MAX),
        own(|g| g.panic_epoch += 1),
        own(|g| g.panic_epoch = 0),
        bytes(|_| Vec::new()),
        bytes(|mut b| {
            b.pop();
            b
        }),
        bytes(|mut b| {
            b.push(0);
            b
        }),
        bytes(|b| vec![0; b.len()]),
        bytes(|mut b| {
            b.reverse();
            b
        }),
        bytes(|mut b| {
            b[0] ^= 1;
            b
        }),
        bytes(|mut b| {
            b[14 + 32 + 8 + 8] ^= 1;
            b
        }),
        bytes(|mut b| {
            let last = b.len() - 1;
            b[last] ^= 0x80;
            b
        }),
        Box::new(|_, _, grant| Some(Signer::generate().unwrap().sign_grant(grant))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_or_altered_order_starts_anything() {
    let lines = "max_risk = \"dangerous\"\ndeny = [\"forbidden-word\"]\n";
    let mut world = World::with(lines).await;
    world.start().await;
    // The lease is in force once a good order was carried out.
    let good = world.intent("echo good >> ran");
    world.execute(&good);
    world.result(&good).await;
    let mut tried = 0;
    let mut order = |world: &World, intent: Vec<u8>, grant: Vec<u8>| {
        tried += 1;
        world.send(Kind::Execute(ExecuteStep { intent, grant }));
    };
    for change in after_signing() {
        let mut intent = world.intent("echo evil >> ran");
        let grant = world.signer.sign_grant(&world.terms(&intent));
        change(&mut intent);
        order(&world, intent.encode(), grant);
    }
    for change in signed_and_wrong() {
        let mut intent = world.intent("echo evil >> ran");
        change(&mut intent);
        let grant = world.signer.sign_grant(&world.terms(&intent));
        order(&world, intent.encode(), grant);
    }
    for forge in forged_grants() {
        let mut intent = world.intent("echo evil >> ran");
        let mut grant = world.terms(&intent);
        let signed = forge(&world, &mut intent, &mut grant).unwrap();
        order(&world, intent.encode(), signed);
    }
    for cut in [0, 1, 8, 40, 120] {
        let intent = world.intent("echo evil >> ran");
        let grant = world.signer.sign_grant(&world.terms(&intent));
        order(&world, intent.encode()[..cut].to_vec(), grant);
    }
    // A lower fence than one that was seen for the same run; and the good order once more, with a fresh grant.
    let mut stale = world.intent("echo evil >> ran");
    stale.execution = good.execution;
    let low = Grant { fence: 4, ..world.terms(&stale) };
    order(&world, stale.encode(), world.signer.sign_grant(&low));
    order(&world, good.encode(), world.signer.sign_grant(&world.terms(&good)));
    assert!(tried >= 40, "{tried}");
    world.settle().await;
    assert_eq!(std::fs::read_to_string(world.path("ran")).unwrap(), "good\n");
    let journal = world.journal();
    assert_eq!(journal.matches("\"kind\":\"started\"").count(), 1, "0 of {tried} orders started anything");
    let refused =
        journal.matches("\"kind\":\"refused\"").count() + journal.matches("\"kind\":\"rejected\"").count();
    assert_eq!(refused, tried - 1, "every refusal is on record; the repetition was only reported");
    // The agent is as well as before.
    let again = world.intent("echo good >> ran");
    world.execute(&again);
    world.result(&again).await;
    assert_eq!(world.lines("ran"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_lease_after_a_panic_and_above_its_own_limit_nothing_starts() {
    use dd0c_proto::agent::v1::{Halt, Lease};
    let mut world = World::with("max_risk = \"caution\"\n").await;
    world.lease.send_replace(Lease { panic_epoch: 1, ttl_ms: 0, unix_ms: 0 });
    world.start().await;
    let run = |world: &World| {
        let mut intent = world.intent("echo evil >> ran");
        intent.risk = Risk::Caution;
        world.execute(&intent);
        intent
    };
    let intent = run(&world);
    assert_eq!(world.refused(&intent).await, "no_lease");
    world.lease.send_replace(Lease { panic_epoch: 1, ttl_ms: 3000, unix_ms: 0 });
    let above = world.intent("echo evil >> ran");
    // Renewed leases come every half second; until one is here, the word is `no_lease`.
    world.execute(&above);
    let mut code = world.refused(&above).await;
    while code == "no_lease" {
        let above = world.intent("echo evil >> ran");
        world.execute(&above);
        code = world.refused(&above).await;
    }
    assert_eq!(code, "above_max_risk");
    world.send(Kind::Halt(Halt { panic_epoch: 2, reason: String::new() }));
    let intent = run(&world);
    assert_eq!(world.refused(&intent).await, "halted");
    // Leases of the old epoch keep coming and lift nothing.
    let intent = run(&world);
    assert_eq!(world.refused(&intent).await, "halted");
    assert_eq!(world.lines("ran"), 0);
}
