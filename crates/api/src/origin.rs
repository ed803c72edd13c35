//! A browser adds the cookie to whatever page asks; a change is made only when our own page asked.

use http::{HeaderMap, Method, header};

use crate::problem::ApiError;

/// Refuses a change that a cookie would authorise unless the browser says that it comes from this origin.
/// Requests with a token need no such proof: no browser adds a token by itself.
pub(crate) fn check(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if method.is_safe() || same_origin(headers) {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "cross_origin",
        "This change was asked for from another page than the dashboard's own. Nothing was done.",
    ))
}

/// Refuses what a browser says another site sent; lets through what no browser sent.
pub(crate) fn check_not_cross_site(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN) {
        return check(&Method::POST, headers);
    }
    Ok(())
}

fn same_origin(headers: &HeaderMap) -> bool {
    // Pages cannot set `Sec-Fetch-Site`; where a browser sends it, it is the better witness.
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else { return false };
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check(&Method::POST, &headers).is_ok()
    }

    #[test]
    fn only_our_own_page_may_change_things_with_a_cookie() {
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        assert!(!allowed(&[("sec-fetch-site", "same-site")]));
        assert!(!allowed(&[("sec-fetch-site", "cross-site"), ("origin", "http://h"), ("host", "h")]));
        assert!(!allowed(&[("sec-fetch-site", "none")]));
        assert!(allowed(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(!allowed(&[("origin", "http://evil.example"), ("host", "127.0.0.1:8080")]));
        assert!(!allowed(&[("origin", "null"), ("host", "null")]));
        assert!(!allowed(&[]));
    }

    #[test]
    fn reading_needs_no_proof() {
        assert!(check(&Method::GET, &HeaderMap::new()).is_ok());
    }
}
