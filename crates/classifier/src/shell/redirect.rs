//! Files that the shell itself opens.

use dd0c_types::{ObjectRef, ScannerRisk};

use super::word::Word;
use crate::paths;
use crate::report::{Report, Scope};
use crate::table::HARMLESS_DEVICES;

/// Judges one redirection.
pub(crate) fn judge(
    operator: &str,
    target: &Word<'_>,
    folder: Option<&str>,
    scope: &Scope<'_>,
    report: &mut Report,
) {
    let within = paths::within(folder, &target.text);
    let text = if operator.ends_with('&') { &*target.text } else { &*within };
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
    if is_harmless(operator, text) {
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

/// Joins streams, or writes where nothing is kept.
fn is_harmless(operator: &str, target: &str) -> bool {
    let joins =
        operator.ends_with('&') && (target == "-" || target.bytes().all(|byte| byte.is_ascii_digit()));
    joins || HARMLESS_DEVICES.iter().any(|device| paths::looks_like(target, device))
}

/// What a redirection means, for the reader.
pub(crate) fn meaning(source: &str) -> &'static str {
    let source = source.trim_start_matches(|c: char| c.is_ascii_digit());
    match source.as_bytes() {
        [b'<', b'<', b'<', ..] => "hands this text to the command",
        [b'<', b'<', ..] => "hands the lines that follow to the command",
        [b'<', b'&', ..] | [b'>', b'&', ..] if !source.contains('/') => "joins two streams",
        [b'<', ..] => "hands a file to the command",
        _ if HARMLESS_DEVICES.iter().any(|device| source.ends_with(device.trim_end_matches('*'))) => {
            "sends output away: no file is written"
        }
        _ => "writes to a file",
    }
}
