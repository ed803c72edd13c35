//! Members, tokens, sign-in links, sessions, policy and panic.

use dd0c_store::tokens::NewToken;
use dd0c_store::{StoreError, panic, policies, sessions, sign_in_links, tokens, users};
use dd0c_types::{Role, TokenId};
use serde_json::json;
use uuid::Uuid;

use crate::world::{World, actor, at, person};

fn new_token(hash: u8, role: Role) -> NewToken {
    NewToken {
        id: TokenId::from_uuid(Uuid::from_u128(hash.into())),
        hash: [hash; 32],
        name: "ci".into(),
        role,
        user: None,
        expires_at: Some(at(100)),
    }
}

#[tokio::test]
async fn a_token_is_found_by_its_hash_until_it_ends_or_is_taken_back() {
    let world = World::new().await;
    let token = new_token(1, Role::Responder);
    let mut tx = world.tx(world.a).await;
    tokens::create(&mut tx, &token).await.unwrap();
    tokens::touch(&mut tx, token.id, at(1)).await.unwrap();
    tx.commit().await.unwrap();

    let holder = tokens::find(&world.store, &[1; 32], at(99)).await.unwrap();
    assert_eq!((holder.tenant, holder.token, holder.role), (world.a, token.id, Role::Responder));
    assert!(matches!(tokens::find(&world.store, &[2; 32], at(0)).await, Err(StoreError::NotFound)));
    assert!(matches!(tokens::find(&world.store, &[1; 32], at(100)).await, Err(StoreError::NotFound)));

    let mut tx = world.tx(world.b).await;
    assert!(matches!(tokens::revoke(&mut tx, token.id, at(2)).await, Err(StoreError::NotFound)));
    drop(tx);
    let mut tx = world.tx(world.a).await;
    tokens::revoke(&mut tx, token.id, at(2)).await.unwrap();
    assert_eq!(tokens::list(&mut tx).await.unwrap()[0].last_used_at, Some(at(1)));
    tx.commit().await.unwrap();
    assert!(matches!(tokens::find(&world.store, &[1; 32], at(3)).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn a_persons_token_never_holds_more_rights_than_the_person_has_now() {
    let world = World::new().await;
    let mut tx = world.tx(world.a).await;
    let token = NewToken { user: Some(person(world.a)), ..new_token(1, Role::Lead) };
    tokens::create(&mut tx, &token).await.unwrap();
    users::set_access(&mut tx, person(world.a), Role::Viewer, true).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(tokens::find(&world.store, &[1; 32], at(0)).await.unwrap().role, Role::Viewer);

    let mut tx = world.tx(world.a).await;
    users::set_access(&mut tx, person(world.a), Role::Owner, false).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(tokens::find(&world.store, &[1; 32], at(0)).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn of_many_who_open_one_sign_in_link_one_gets_in() {
    let world = World::new().await;
    let link = Uuid::from_u128(7);
    let mut tx = world.tx(world.a).await;
    sign_in_links::create(&mut tx, link, person(world.a), &[7; 32], at(60)).await.unwrap();
    tx.commit().await.unwrap();
    let found = sign_in_links::find(&world.store, &[7; 32], at(1)).await.unwrap();
    assert_eq!((found.tenant, found.link, found.user), (world.a, link, person(world.a)));

    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, tenant) = (world.store.clone(), world.a);
        tasks.spawn(async move {
            let mut tx = store.tenant(tenant).await.unwrap();
            let won = sign_in_links::redeem(&mut tx, link, at(2)).await.is_ok();
            tx.commit().await.unwrap();
            won
        });
    }
    let winners = tasks.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(winners, 1);
    assert!(sign_in_links::find(&world.store, &[7; 32], at(3)).await.is_err());
}

#[tokio::test]
async fn a_session_is_good_until_it_ends_is_revoked_or_its_person_leaves() {
    let world = World::new().await;
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let mut tx = world.tx(world.a).await;
    for id in [first, second] {
        sessions::open(&mut tx, id, person(world.a), at(60)).await.unwrap();
    }
    assert_eq!(sessions::user(&mut tx, first, at(59)).await.unwrap(), person(world.a));
    assert!(sessions::user(&mut tx, first, at(60)).await.is_err());
    sessions::revoke(&mut tx, first, at(1)).await.unwrap();
    assert!(sessions::user(&mut tx, first, at(2)).await.is_err());
    users::set_access(&mut tx, person(world.a), Role::Lead, false).await.unwrap();
    assert!(sessions::user(&mut tx, second, at(2)).await.is_err());
    assert_eq!(sessions::purge(&mut tx, at(61)).await.unwrap(), 2);
}

#[tokio::test]
async fn a_policy_written_on_a_stale_one_is_refused_and_every_version_stays() {
    let world = World::new().await;
    let by = actor(world.a);
    let mut tx = world.tx(world.a).await;
    assert_eq!(policies::current(&mut tx).await.unwrap(), None);
    assert_eq!(policies::put(&mut tx, 0, json!({"mode": "strict"}), &by).await.unwrap(), 1);
    assert_eq!(policies::put(&mut tx, 1, json!({"mode": "audit"}), &by).await.unwrap(), 2);
    let late = policies::put(&mut tx, 1, json!({"mode": "lost"}), &by).await;
    assert!(matches!(late, Err(StoreError::Stale { current: 2 })));
    assert_eq!(policies::current(&mut tx).await.unwrap().unwrap().document, json!({"mode": "audit"}));
}

#[tokio::test]
async fn a_missing_panic_row_reads_as_halted_and_a_panic_nobody_saw_is_not_lifted() {
    let world = World::new().await;
    let by = actor(world.a);
    let mut tx = world.tx(crate::world::tenant(0xdead)).await;
    assert!(panic::get(&mut tx).await.unwrap().halted);
    drop(tx);

    let mut tx = world.tx(world.a).await;
    let calm = panic::get_locked(&mut tx).await.unwrap();
    assert!(!calm.halted);
    let first = panic::set(&mut tx, "disk on fire", &by).await.unwrap();
    let second = panic::set(&mut tx, "still", &by).await.unwrap();
    assert_eq!((first.epoch, second.epoch), (calm.epoch + 1, calm.epoch + 2));
    let unseen = panic::clear(&mut tx, first.epoch, &by).await;
    assert!(matches!(unseen, Err(StoreError::Stale { current }) if u64::from(current) == second.epoch));
    assert!(panic::get(&mut tx).await.unwrap().halted);
    let lifted = panic::clear(&mut tx, second.epoch, &by).await.unwrap();
    assert!(!lifted.halted && lifted.epoch == second.epoch + 1 && lifted.changed_by == Some(by));
    tx.commit().await.unwrap();

    let mut tx = world.tx(world.b).await;
    assert_eq!(panic::get(&mut tx).await.unwrap().epoch, calm.epoch);
}
