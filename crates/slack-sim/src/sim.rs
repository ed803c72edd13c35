//! The whole simulator: what it was told, what it holds, and who is connected.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, RequestUrls};
use crate::install::Code;
use crate::rate::Buckets;
use crate::record::Records;
use crate::response_url::ResponseUrls;
use crate::socket::Sockets;
use crate::trigger::Triggers;
use crate::view::Views;
use crate::workspace::Workspace;

/// The id of the one app.
pub(crate) const APP_ID: &str = "A0DD0CRUN";

pub(crate) struct Sim {
    pub(crate) config: Config,
    /// `http://127.0.0.1:PORT`.
    pub(crate) base_url: String,
    pub(crate) stop: CancellationToken,
    pub(crate) http: reqwest::Client,
    pub(crate) sockets: Sockets,
    request_urls: Mutex<Option<RequestUrls>>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
}

/// What changes.
pub(crate) struct State {
    pub(crate) workspaces: BTreeMap<String, Workspace>,
    pub(crate) views: Views,
    pub(crate) triggers: Triggers,
    pub(crate) response_urls: ResponseUrls,
    pub(crate) buckets: Buckets,
    pub(crate) records: Records,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) notices: Vec<Notice>,
}

/// What Slack itself says to one user: that an app did not answer, for example.
#[derive(Clone, serde::Serialize)]
pub(crate) struct Notice {
    pub(crate) at: f64,
    pub(crate) user: String,
    pub(crate) text: String,
}

impl Sim {
    pub(crate) fn new(config: Config, address: SocketAddr, stop: CancellationToken) -> Arc<Self> {
        let mut workspaces: BTreeMap<_, _> =
            config.workspaces.iter().map(|seed| (seed.id.clone(), Workspace::new(seed.clone()))).collect();
        if let Some(first) = config.workspaces.first().and_then(|seed| workspaces.get_mut(&seed.id)) {
            first.install(config.credentials.bot_token.clone());
        }
        let state = State {
            workspaces,
            views: Views::default(),
            triggers: Triggers::default(),
            response_urls: ResponseUrls::default(),
            buckets: Buckets::default(),
            records: Records::default(),
            codes: HashMap::new(),
            notices: Vec::new(),
        };
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("invariant: a client without special settings can be built");
        Arc::new(Self {
            base_url: format!("http://{address}"),
            stop,
            http,
            sockets: Sockets::default(),
            request_urls: Mutex::new(config.request_urls.clone()),
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            config,
        })
    }

    /// Looks.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes something, and tells every page.
    pub(crate) fn change<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        let result = with(&mut self.state());
        self.changes.send_modify(|number| *number += 1);
        result
    }

    /// Moves on with every change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Where the app receives requests when it has no socket.
    pub(crate) fn request_urls(&self) -> Option<RequestUrls> {
        lock(&self.request_urls).clone()
    }

    pub(crate) fn set_request_urls(&self, urls: Option<RequestUrls>) {
        *lock(&self.request_urls) = urls;
    }

    /// Says something to one user in Slack's own name.
    pub(crate) fn notice(&self, user: &str, text: String) {
        tracing::debug!(user, text, "notice");
        self.change(|state| {
            let notice = Notice { at: crate::record::now_seconds(), user: user.to_owned(), text };
            state.notices.push(notice);
        });
    }
}

impl State {
    /// The workspace of a user.
    pub(crate) fn workspace_of(&mut self, user: &str) -> Option<&mut Workspace> {
        self.workspaces.values_mut().find(|workspace| workspace.user(user).is_some())
    }
}

/// A panic elsewhere leaves the simulator's state as it was: it goes on.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
