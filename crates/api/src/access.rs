//! The one table of who may call what, and how large a body may be. A route that is not in it does not start.

use dd0c_types::Role;
use http::Method;

const KIB: usize = 1024;
/// The most bytes a runbook's body may have.
pub(crate) const RUNBOOK_BYTES: usize = 512 * KIB;
/// The most bytes a preview's body may have.
pub(crate) const PREVIEW_BYTES: usize = 128 * KIB;
/// The most bytes a delivery of alerts may have: PagerDuty's own limit.
pub(crate) const WEBHOOK_BYTES: usize = 256 * KIB;
/// The most bytes any other body may have.
pub(crate) const OTHER_BYTES: usize = 64 * KIB;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, for the reason given.
    Open(&'static str),
    /// A member with at least this role.
    Member(Role),
}

/// What is declared of one operation.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The method.
    pub method: Method,
    /// The path as in the description, with `{names}`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// The most bytes its body may have.
    pub body_bytes: usize,
}

/// The rule of an operation; none means that the operation must not be served.
pub fn rule(method: &Method, path: &str) -> Option<Rule> {
    rules().find(|rule| rule.method == *method && rule.path == path)
}

/// Every rule.
pub fn rules() -> impl Iterator<Item = Rule> {
    OPEN.iter().map(|(method, path, why)| (method, path, Access::Open(why))).chain(members()).map(
        |(method, path, access)| Rule {
            method: method.clone(),
            path,
            access,
            body_bytes: body_bytes(method, path),
        },
    )
}

fn members() -> impl Iterator<Item = (&'static Method, &'static &'static str, Access)> {
    MEMBERS.iter().map(|(method, path, role)| (method, path, Access::Member(*role)))
}

fn body_bytes(method: &Method, path: &str) -> usize {
    match path {
        "/api/v1/runbooks/parse-preview" => PREVIEW_BYTES,
        "/api/v1/webhooks/{sender}/{key}" => WEBHOOK_BYTES,
        "/api/v1/runbooks" | "/api/v1/runbooks/{id}" if *method != Method::DELETE => RUNBOOK_BYTES,
        _ => OTHER_BYTES,
    }
}

/// Operations that need no credential, each with its reason.
pub const OPEN: &[(Method, &str, &str)] = &[
    (Method::GET, "/healthz", "a load balancer asks; it says only that the process answers"),
    (Method::GET, "/readyz", "a load balancer asks; it names parts, never data"),
    (Method::GET, "/metrics", "counters without tenant, user or text; scraped inside the network"),
    (Method::GET, "/api/v1/openapi.json", "the description is public"),
    (Method::POST, "/api/v1/auth/session", "the sign-in link in the body is the credential"),
    (Method::POST, "/api/v1/runbooks/parse-preview", "nothing is stored; limited per address"),
    (
        Method::POST,
        "/api/v1/webhooks/{sender}/{key}",
        "the webhook's own signature or secret is the credential; limited per customer",
    ),
];

/// Operations of members, each with the least role. The engine checks each decision on a step once more,
/// by the step's risk, inside the transaction that makes it.
pub const MEMBERS: &[(Method, &str, Role)] = &[
    (Method::GET, "/api/v1/auth/session", Role::Viewer),
    (Method::DELETE, "/api/v1/auth/session", Role::Viewer),
    (Method::POST, "/api/v1/auth/links", Role::Owner),
    (Method::GET, "/api/v1/runbooks", Role::Viewer),
    (Method::POST, "/api/v1/runbooks", Role::Lead),
    (Method::GET, "/api/v1/runbooks/{id}", Role::Viewer),
    (Method::PUT, "/api/v1/runbooks/{id}", Role::Lead),
    (Method::DELETE, "/api/v1/runbooks/{id}", Role::Lead),
    (Method::POST, "/api/v1/runbooks/{id}/drafts", Role::Lead),
    (Method::GET, "/api/v1/runbooks/{id}/versions", Role::Viewer),
    (Method::GET, "/api/v1/runbooks/{id}/versions/{version}", Role::Viewer),
    (Method::PUT, "/api/v1/runbooks/{id}/trust-level", Role::Lead),
    (Method::GET, "/api/v1/runbooks/{id}/matching", Role::Viewer),
    (Method::PUT, "/api/v1/runbooks/{id}/matching", Role::Lead),
    (Method::POST, "/api/v1/runbooks/{id}/matching/test", Role::Viewer),
    (Method::GET, "/api/v1/alerts", Role::Viewer),
    (Method::GET, "/api/v1/alerts/{id}", Role::Viewer),
    (Method::GET, "/api/v1/executions", Role::Viewer),
    (Method::POST, "/api/v1/executions", Role::Responder),
    (Method::GET, "/api/v1/executions/{id}", Role::Viewer),
    (Method::GET, "/api/v1/executions/{id}/events", Role::Viewer),
    (Method::GET, "/api/v1/executions/{id}/divergence", Role::Viewer),
    (Method::POST, "/api/v1/executions/{id}/abort", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/unlisted", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/resume", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/approve", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/skip", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/abort", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/edit", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/rollback", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/retry", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/stop", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/check", Role::Responder),
    (Method::POST, "/api/v1/executions/{id}/steps/{step}/done", Role::Responder),
    (Method::POST, "/api/v1/classify", Role::Viewer),
    (Method::GET, "/api/v1/classifications/{step_id}", Role::Viewer),
    (Method::GET, "/api/v1/agents", Role::Viewer),
    (Method::POST, "/api/v1/agents/join-tokens", Role::Owner),
    (Method::DELETE, "/api/v1/agents/{id}", Role::Owner),
    (Method::GET, "/api/v1/admin/panic", Role::Viewer),
    (Method::POST, "/api/v1/admin/panic", Role::Responder),
    (Method::DELETE, "/api/v1/admin/panic", Role::Owner),
    (Method::GET, "/api/v1/audit", Role::Viewer),
    (Method::GET, "/api/v1/audit/verify", Role::Viewer),
    (Method::GET, "/api/v1/audit/export", Role::Viewer),
    (Method::GET, "/api/v1/settings/policy", Role::Viewer),
    (Method::PUT, "/api/v1/settings/policy", Role::Owner),
    (Method::GET, "/api/v1/members", Role::Viewer),
    (Method::GET, "/api/v1/settings/tokens", Role::Viewer),
    (Method::POST, "/api/v1/settings/tokens", Role::Responder),
    (Method::DELETE, "/api/v1/settings/tokens/{id}", Role::Responder),
    (Method::POST, "/api/v1/slack/link/preview", Role::Viewer),
    (Method::POST, "/api/v1/slack/link", Role::Viewer),
    (Method::GET, "/api/v1/settings/slack", Role::Viewer),
    (Method::PUT, "/api/v1/settings/slack/{id}", Role::Owner),
    (Method::DELETE, "/api/v1/settings/slack/{id}", Role::Owner),
    (Method::POST, "/api/v1/settings/slack/install", Role::Owner),
    (Method::POST, "/api/v1/settings/slack/install/finish", Role::Owner),
    (Method::GET, "/api/v1/settings/webhooks", Role::Lead),
    (Method::POST, "/api/v1/settings/webhooks", Role::Owner),
    (Method::DELETE, "/api/v1/settings/webhooks/{id}", Role::Owner),
    (Method::POST, "/api/v1/settings/webhooks/{id}/secrets", Role::Owner),
    (Method::POST, "/api/v1/settings/webhooks/{id}/test", Role::Owner),
    (Method::GET, "/api/v1/stats", Role::Viewer),
];
