//! The description of the API: what the annotations say, plus what is the same for every operation.

use std::sync::LazyLock;

use dd0c_types::run::{ExecutionView, StepView};
use http::Method;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, ResponseBuilder, SecurityRequirement};

use crate::access::{Access, rule};
use crate::executions::OutputEvent;
use crate::problem::Problem;
use crate::runbooks::{PreviewDone, PreviewVerdicts};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "dd0c/run",
        description = "Paste a runbook, approve each step, run it on an agent, read the audit trail. \
            Every refusal is a problem document (RFC 9457); `code` is for programs, `detail` for people. \
            `Idempotency-Key` is honoured on every POST of a signed-in caller.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem, OutputEvent, ExecutionView, StepView, PreviewVerdicts, PreviewDone))
)]
struct Base;

/// The description as an OpenAPI 3.1 document.
///
/// # Panics
/// When a route has no rule in the access table: such a service must not start.
pub fn openapi() -> OpenApi {
    let mut api = crate::routes::all().into_openapi();
    let mut base = Base::openapi();
    base.merge(std::mem::take(&mut api));
    let mut api = base;
    for (path, item) in &mut api.paths.paths {
        for (method, operation) in operations(item) {
            complete(operation, &method, path);
        }
    }
    let components = api.components.get_or_insert_with(Components::default);
    components.add_security_scheme("token", bearer());
    components.add_security_scheme("session", cookie());
    api
}

/// The document as text, made once.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| openapi().to_pretty_json().expect("invariant: a description is JSON"));
    &DOCUMENT
}

/// The operations of a path with their methods.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, item.get.as_mut()),
        (Method::POST, item.post.as_mut()),
        (Method::PUT, item.put.as_mut()),
        (Method::DELETE, item.delete.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation?)))
}

fn complete(operation: &mut Operation, method: &Method, path: &str) {
    let rule =
        rule(method, path).unwrap_or_else(|| panic!("{method} {path} has no rule in the access table"));
    let mut note = operation.description.take().unwrap_or_default();
    match rule.access {
        Access::Open(why) => note.push_str(&format!("\n\nNeeds no credential: {why}.")),
        Access::Member(role) => {
            note.push_str(&format!("\n\nNeeds the role {} at least.", role.word()));
            operation.security = Some(vec![
                SecurityRequirement::new::<_, [&str; 0], &str>("token", []),
                SecurityRequirement::new::<_, [&str; 0], &str>("session", []),
            ]);
        }
    }
    operation.description = Some(note.trim().to_owned());
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let refused = ResponseBuilder::new()
        .description("Refused or failed.")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.insert("default".to_owned(), refused.into());
}

fn bearer() -> SecurityScheme {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API token.")).build();
    SecurityScheme::Http(scheme)
}

fn cookie() -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(crate::session::COOKIE)))
}
