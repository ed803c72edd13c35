//! Sets up logging for every binary of the house: one line an event on stderr, for people on a terminal, as JSON
//! everywhere else.
//!
//! It must never write a control character that came from outside (a log line cannot forge another one, nor speak to
//! the terminal), never write to stdout (that is for data), and never read the environment. Secrets stay out by type:
//! commands, tokens and keys have no `Debug` and no `Display`, so there is nothing here that would have to mask them.

use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What is logged when nobody says otherwise: our own crates at `info`, the libraries' warnings.
pub const DEFAULT_FILTER: &str = "warn,dd0c=info,dd0c_agent=info,dd0c_api=info,dd0c_engine=info,dd0c_intake=info,\
     dd0c_llm=info,dd0c_local_postgres=info,dd0c_runtime=info,dd0c_store=info";

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Time, level, place, words.
    Human,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// For people when stderr is a terminal, JSON otherwise.
    pub fn of_stderr() -> Self {
        if io::stderr().is_terminal() { Self::Human } else { Self::Json }
    }
}

/// Logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not written as `target=level,…`.
    #[error("the log filter {filter:?} cannot be read; write it like \"info\" or \"warn,dd0c_engine=debug\"")]
    Filter {
        /// What was given.
        filter: String,
        /// What is wrong with it.
        #[source]
        source: tracing_subscriber::filter::ParseError,
    },
    /// Logging was set up before in this process.
    #[error("logging is already set up in this process")]
    Twice(#[source] tracing::subscriber::SetGlobalDefaultError),
}

/// Sets up logging for this process, once, on stderr. `filter` is [`DEFAULT_FILTER`] when absent.
///
/// # Errors
/// When the filter cannot be read, or logging is set up already.
pub fn init(filter: Option<&str>, format: Format) -> Result<(), TelemetryError> {
    let subscriber = subscriber(filter.unwrap_or(DEFAULT_FILTER), format, io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(TelemetryError::Twice)
}

/// The subscriber that [`init`] installs, with another place to write to.
///
/// # Errors
/// When the filter cannot be read.
pub fn subscriber<W>(
    filter: &str,
    format: Format,
    writer: W,
) -> Result<Box<dyn tracing::Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let parsed = EnvFilter::try_new(filter)
        .map_err(|source| TelemetryError::Filter { filter: filter.to_owned(), source })?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_ansi(false)
        .with_writer(Escaping { inner: writer, format });
    Ok(match format {
        Format::Human => Box::new(lines.compact().finish()),
        Format::Json => Box::new(lines.json().flatten_event(true).with_current_span(true).finish()),
    })
}

/// Makes writers that let no control character through.
struct Escaping<W> {
    inner: W,
    format: Format,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Escaping<W> {
    type Writer = EscapingWriter<W::Writer>;
    fn make_writer(&'a self) -> Self::Writer {
        EscapingWriter { inner: self.inner.make_writer(), format: self.format }
    }
}

struct EscapingWriter<W> {
    inner: W,
    format: Format,
}

impl<W: Write> Write for EscapingWriter<W> {
    /// The formatter hands over one whole line at a time.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.inner.write_all(escaped(&String::from_utf8_lossy(line), self.format).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn escaped(line: &str, format: Format) -> String {
    let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
    let mut out = String::with_capacity(line.len());
    for character in body.chars() {
        match (is_hidden(character), format) {
            (false, _) => out.push(character),
            (true, Format::Human) => out.extend(character.escape_unicode()),
            // Every such character is inside a JSON string, where this is its escape.
            (true, Format::Json) => out.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    out + end
}

/// Control characters, and those that reorder or hide what follows them. None lies outside the basic plane.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, filter: &str) -> String {
        let page = Page::default();
        let writer = page.clone();
        let subscriber = subscriber(filter, format, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(agent = "web\n1 ERROR forged\u{1b}[2J\u{202e}", "a name\rwith tricks");
            tracing::debug!("not asked for");
        });
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_value_from_outside_cannot_forge_a_line_or_speak_to_the_terminal() {
        for format in [Format::Human, Format::Json] {
            let text = logged(format, "info");
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(text.ends_with('\n'));
            assert!(!text.trim_end_matches('\n').chars().any(is_hidden), "{text:?}");
            assert!(text.contains("forged"), "the value is kept, only made harmless: {text}");
        }
    }

    #[test]
    fn json_lines_stay_readable_as_json() {
        // No JSON reader is linked here: the quotes and escapes are looked at instead.
        let text = logged(Format::Json, "info");
        assert!(text.starts_with('{') && text.ends_with("}\n"), "{text}");
        assert!(text.contains("\\u001b[2J") && text.contains("\\u202e"), "{text}");
    }

    #[test]
    fn the_filter_decides_what_is_written_and_a_wrong_one_is_refused() {
        assert_eq!(logged(Format::Human, "warn"), "");
        assert!(EnvFilter::try_new(DEFAULT_FILTER).is_ok());
        let refused = subscriber("dd0c_engine=loud", Format::Human, io::sink).err().unwrap();
        assert!(refused.to_string().contains("dd0c_engine=loud"));
    }
}
