//! Who is there: the tenant, its owner, its policy and the token of the command line, made at the first start and
//! found again at every later one.

use std::path::Path;

use anyhow::{Context, bail};
use dd0c_api::secret::{LINK_PREFIX, Secret, TOKEN_PREFIX, hash};
use dd0c_approval::Policy;
use dd0c_pki::keys::write_secret;
use dd0c_store::{Store, TenantTx, audit, policies, sign_in_links, tenants, tokens, users};
use dd0c_types::{Actor, EventType, Role, TenantId, Timestamp, TokenId, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

/// The owner's address. Nobody writes to it: it is a name to sign in under.
pub(super) const OWNER_EMAIL: &str = "owner@localhost";
/// How long the sign-in link of a start is good.
const LINK_LIFE: chrono::TimeDelta = chrono::TimeDelta::hours(12);

/// Whose house it is.
pub(super) struct Household {
    /// The tenant.
    pub(super) tenant: TenantId,
    /// Its owner.
    pub(super) owner: UserId,
    /// An API token of the owner.
    pub(super) token: String,
}

/// Finds the household, or founds it in one transaction. The token is kept in `keys`.
///
/// # Errors
/// When the database does not answer, holds several tenants, or the token cannot be kept.
pub(super) async fn household(store: &Store, keys: &Path, now: Timestamp) -> anyhow::Result<Household> {
    let tenant = match store.tenant_ids().await?.as_slice() {
        [] => TenantId::from_uuid(Uuid::now_v7()),
        [tenant] => *tenant,
        _ => bail!("this database serves several tenants; `dd0c up` is for one. Nothing was changed."),
    };
    let mut tx = store.tenant(tenant).await?;
    let owner = match users::by_email(&mut tx, OWNER_EMAIL).await {
        Ok(owner) => owner.id,
        Err(dd0c_store::StoreError::NotFound) => found(&mut tx).await?,
        Err(error) => return Err(error.into()),
    };
    let path = keys.join("api-token");
    let kept = std::fs::read_to_string(&path).ok().map(|text| text.trim().to_owned());
    let token = match kept.filter(|token| !token.is_empty()) {
        Some(token) if tokens::find(store, &hash(&token), now).await.is_ok() => token,
        _ => new_token(&mut tx, owner, &path).await?,
    };
    tx.commit().await?;
    Ok(Household { tenant, owner, token })
}

/// Makes a link that signs the owner in once.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn sign_in_url(
    store: &Store,
    household: &Household,
    url: &str,
    now: Timestamp,
) -> anyhow::Result<String> {
    let secret = Secret::generate(LINK_PREFIX).map_err(no_randomness)?;
    let mut tx = store.tenant(household.tenant).await?;
    sign_in_links::create(&mut tx, Uuid::now_v7(), household.owner, &secret.hash, now + LINK_LIFE).await?;
    tx.commit().await?;
    Ok(dd0c_api::secret::sign_in_url(url, &secret.text))
}

async fn found(tx: &mut TenantTx<'_>) -> anyhow::Result<UserId> {
    tenants::create(tx, "This machine", "local").await?;
    let owner = UserId::from_uuid(Uuid::now_v7());
    users::create(tx, owner, OWNER_EMAIL, "Owner", Role::Owner).await?;
    let policy = serde_json::to_value(Policy::single_machine())?;
    let version = policies::put(tx, 0, policy.clone(), &actor()).await?;
    record(
        tx,
        EventType::MemberChanged,
        json!({ "user_id": owner, "email": OWNER_EMAIL, "role": Role::Owner }),
    )
    .await?;
    record(tx, EventType::PolicyChanged, json!({ "version": version, "policy": policy })).await?;
    Ok(owner)
}

async fn new_token(tx: &mut TenantTx<'_>, owner: UserId, path: &Path) -> anyhow::Result<String> {
    let token = Secret::generate(TOKEN_PREFIX).map_err(no_randomness)?;
    let id = TokenId::from_uuid(Uuid::now_v7());
    let name = "Command line on this machine";
    let new = tokens::NewToken {
        id,
        hash: token.hash,
        name: name.to_owned(),
        role: Role::Owner,
        user: Some(owner),
        expires_at: None,
    };
    tokens::create(tx, &new).await?;
    record(tx, EventType::TokenCreated, json!({ "token_id": id, "name": name, "role": Role::Owner })).await?;
    write_secret(path, token.text.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(token.text)
}

async fn record(tx: &mut TenantTx<'_>, event: EventType, data: Value) -> anyhow::Result<()> {
    audit::append(tx, event, None, &actor(), data).await?;
    Ok(())
}

fn actor() -> Actor {
    Actor::system("up")
}

fn no_randomness(error: getrandom::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("the machine gives no random bytes; nothing was made")
}
