//! Files that the shell itself opens.

use dd0c_types::{ObjectRef, ScannerRisk};

use super::word::Word;
use crate::paths;
use crate::report::{Report, Scope};
use crate::table::HARMLESS_DEVICES;

/// Judges one redirection.
pub(crate) fn judge(operator: &str, target: &Word<'_>, scope: &Scope<'_>, report: &mut Report) {
    let text = &*target.text;
    let span = scope.span_of(target);
    if text.starts_with("/dev/tcp/") || text.starts_with("/dev/udp/") {
        let why = "connects the shell to another machine";
        return report.note("redirect.network", ScannerRisk::Dangerous, span, why);
    }
    if operator.starts_with('<') {
        if paths::is_secret(text) {
            paths::secret(target, scope, report);
        }
        return;
    }
    let duplicates =
        operator.ends_with('&') && (text == "-" || text.bytes().all(|byte| byte.is_ascii_digit()));
    if duplicates || HARMLESS_DEVICES.iter().any(|device| paths::looks_like(text, device)) {
        return;
    }
    let object = ObjectRef { kind: "path".to_owned(), name: scope.written(target) };
    if paths::is_critical(text) {
        report.object(ScannerRisk::Dangerous, object);
        let why = "writes to a place that the machine, its accounts or its boot depend on";
        report.note("redirect.critical", ScannerRisk::Dangerous, span, why);
    } else {
        report.object(ScannerRisk::Caution, object);
        report.note(
            "redirect.write",
            ScannerRisk::Caution,
            span,
            "writes to a file, replacing or lengthening it",
        );
    }
}
