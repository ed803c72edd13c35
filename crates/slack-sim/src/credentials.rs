//! The secrets of the simulated app: made at random, never fixed, so that none can be guessed by another page or user.

use serde::Serialize;

/// What the app needs to speak to the simulator. All values are random at each [`Credentials::random`].
#[derive(Clone, Serialize)]
pub struct Credentials {
    /// The app-level token, `xapp-…`, for `apps.connections.open`.
    pub app_token: String,
    /// The bot token, `xoxb-…`, of the first workspace, where the app is installed from the start.
    pub bot_token: String,
    /// What requests over HTTP are signed with.
    pub signing_secret: String,
    /// The OAuth client.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: String,
    /// The key that opens the page and the test interface: who has it may act as every user.
    pub page_key: String,
}

impl Credentials {
    /// New ones.
    #[must_use]
    pub fn random() -> Self {
        Self {
            app_token: format!("xapp-1-A0DD0CRUN-{}", secret(16)),
            bot_token: bot_token(),
            signing_secret: secret(16),
            client_id: "1000000000001.1000000000002".to_owned(),
            client_secret: secret(16),
            page_key: secret(16),
        }
    }
}

/// A bot token of the shape that Slack gives.
pub(crate) fn bot_token() -> String {
    format!("xoxb-1000000000001-{}", secret(16))
}

/// `bytes` random bytes in hexadecimal.
pub(crate) fn secret(bytes: usize) -> String {
    let mut random = vec![0_u8; bytes];
    getrandom::fill(&mut random).expect("invariant: the machine gives random bytes");
    hex::encode(random)
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
