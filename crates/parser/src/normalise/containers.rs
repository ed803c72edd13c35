//! What dialects of Markdown add by whole lines, taken down to what every reader knows: the admonitions and tabs of
//! MkDocs, whose body is indented; the `:::` containers and components of Docusaurus; and the fences of chats, which
//! open and close in the middle of a line. Nothing but the lines that draw them is left out.

use std::collections::BTreeSet;

use super::lines::{Line, lines};
use crate::candidates::block;
use crate::mapped::Mapped;
use crate::words;

/// The text without its containers; none when it has none.
pub(crate) fn flattened(text: &str) -> Option<Mapped> {
    if !SIGNS.iter().any(|sign| text.contains(sign)) {
        return None;
    }
    let mut reader = Reader {
        text,
        flat: Mapped::default(),
        open: Vec::new(),
        fence: None,
        components: components(text),
        changed: false,
    };
    for line in lines(text) {
        reader.line(&line);
    }
    reader.changed.then_some(reader.flat)
}

/// One of these stands in every page that has a container.
const SIGNS: [&str; 6] = ["!!! ", "???", "=== \"", ":::", "</", "```"];

/// The columns by which the body of a container stands further in than its marker.
const BODY: usize = 4;

struct Reader<'t> {
    text: &'t str,
    flat: Mapped,
    /// The columns of the open markers.
    open: Vec<usize>,
    /// The sign and the length of the open fence.
    fence: Option<(char, usize)>,
    /// The names of the page's components.
    components: BTreeSet<&'t str>,
    changed: bool,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) {
        if line.is_blank() {
            return self.keep(line);
        }
        while self.open.last().is_some_and(|&column| line.indent < column + BODY) {
            self.open.pop();
            self.fence = None;
        }
        match self.fence {
            Some(fence) => self.inside_fence(line, fence),
            None => self.outside_fence(line),
        }
    }

    fn inside_fence(&mut self, line: &Line<'_>, (sign, length): (char, usize)) {
        let body = line.body();
        let ticks = leading(body, sign);
        if ticks >= length && ticks == body.len() {
            self.fence = None;
        } else if sign == '`' && body.ends_with("```") && body.find('`') == Some(body.len() - 3) {
            // `…restarted```​`: a chat closes its fence behind the last word.
            let end = line.range.start + line.text.trim_end().len() - 3;
            self.flat.push_verbatim(self.text, line.dedented(self.columns()).start..end);
            self.blank(end);
            self.flat.push_verbatim(self.text, end..line.end(self.text));
            self.fence = None;
            self.changed = true;
            return;
        }
        self.keep(line);
    }

    fn outside_fence(&mut self, line: &Line<'_>) {
        let body = line.body();
        if let Some(sign) = ['`', '~'].into_iter().find(|&sign| leading(body, sign) >= 3) {
            return self.open_fence(line, sign);
        }
        if let Some(length) = marker(body) {
            self.title(line, length);
            self.open.push(line.indent);
        } else if let Some(length) = colons(body) {
            self.title(line, length);
        } else if self.is_component(body) {
            self.blank(line.range.end);
            self.changed = true;
        } else {
            self.keep(line);
            if is_chat_header(body) {
                self.blank(line.range.end);
                self.changed = true;
            }
        }
    }

    fn open_fence(&mut self, line: &Line<'_>, sign: char) {
        let body = line.body();
        let length = leading(body, sign);
        let info = &body[length..];
        if sign == '`' && info.contains('`') {
            // Inline code that fills its line.
            return self.keep(line);
        }
        self.fence = Some((sign, length));
        if !is_command(info.trim_start()) {
            return self.keep(line);
        }
        let start = line.body_range().start + length;
        self.flat.push_verbatim(self.text, line.dedented(self.columns()).start..start);
        self.blank(start);
        self.flat.push_verbatim(self.text, start..line.end(self.text));
        self.changed = true;
    }

    /// Keeps what follows the sign of a container: its kind and its title.
    fn title(&mut self, line: &Line<'_>, length: usize) {
        let indent = line.dedented(self.columns()).start;
        let start = line.body_range().start;
        self.blank(indent);
        self.flat.push_verbatim(self.text, indent..start);
        let rest = crate::mapped::trim(self.text, start + length..line.range.end);
        let words = rest.start + kind(&self.text[rest.clone()]);
        let title = unquoted(self.text, crate::mapped::trim(self.text, words..rest.end));
        self.flat.push_verbatim(self.text, rest.start..words);
        if words > rest.start && !title.is_empty() {
            self.flat.push_replaced(": ", words..title.start);
        }
        self.flat.push_verbatim(self.text, title);
        self.flat.push_verbatim(self.text, line.range.end..line.end(self.text));
        self.changed = true;
    }

    fn keep(&mut self, line: &Line<'_>) {
        let columns = self.columns();
        self.flat.push_verbatim(self.text, line.dedented(columns).start..line.end(self.text));
    }

    fn columns(&self) -> usize {
        self.open.len() * BODY
    }

    /// A line end that the page does not have.
    fn blank(&mut self, at: usize) {
        self.flat.push_replaced("\n", at..at);
    }

    /// Whether a line is nothing but the tag of a component, or brings components in.
    fn is_component(&self, body: &str) -> bool {
        let imports = body.starts_with("import ") && body.contains(" from '") | body.contains(" from \"");
        if imports {
            return true;
        }
        let Some(tag) = body.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else { return false };
        let name = tag_name(tag.trim_start_matches('/'));
        !tag.contains(['<', '>']) && self.components.contains(name)
    }
}

/// The names that are closed somewhere on the page: those of components start with a capital.
fn components(text: &str) -> BTreeSet<&str> {
    let closed = text.split("</").skip(1).map(tag_name);
    closed.filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase())).collect()
}

fn tag_name(tag: &str) -> &str {
    let end = tag.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(tag.len());
    &tag[..end]
}

fn leading(body: &str, sign: char) -> usize {
    body.chars().take_while(|&c| c == sign).count()
}

/// The length of the sign of `!!! note`, `???+ tip` or `=== "Tab"`.
fn marker(body: &str) -> Option<usize> {
    let sign = ["!!! ", "!!!+ ", "??? ", "???+ "].iter().find(|sign| body.starts_with(**sign));
    let tab = || ["=== \"", "===! \"", "===+ \""].iter().find(|sign| body.starts_with(**sign));
    sign.map(|sign| sign.len()).or_else(|| tab().map(|sign| sign.len() - 1))
}

/// The length of the sign of `:::note`.
fn colons(body: &str) -> Option<usize> {
    let length = leading(body, ':');
    let named = body[length..].trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || c == '{');
    (length >= 3 && (named || length == body.len())).then_some(length)
}

/// The length of the kind that a container names before its title.
fn kind(rest: &str) -> usize {
    rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len())
}

/// A title without the quotes around it.
fn unquoted(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let body = &text[range.clone()];
    let quoted = body.len() >= 2 && body.starts_with('"') && body.ends_with('"');
    if quoted { range.start + 1..range.end - 1 } else { range }
}

/// `Priya Nair  9:02 AM`: who wrote what follows, and when.
fn is_chat_header(body: &str) -> bool {
    let time = body.trim_end_matches(" AM").trim_end_matches(" PM");
    let (name, clock) = time.rsplit_once(' ').unwrap_or_default();
    let (hours, minutes) = clock.split_once(':').unwrap_or_default();
    let digits = |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let named = name.starts_with(|c: char| c.is_uppercase()) && name.split_whitespace().count() <= 4;
    digits(hours) && digits(minutes) && named
}

/// Whether what follows the sign of a fence is a command, not the name of a language.
fn is_command(info: &str) -> bool {
    let first = info.split_whitespace().next().unwrap_or_default();
    let several = info.len() > first.len();
    let prompt = matches!(first, "$" | "#" | "%");
    let program = words::is_program(first) && block::tag(Some(first)) == block::Tag::Never;
    several && (prompt || program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> String {
        flattened(text).expect("it has containers").text().to_owned()
    }

    #[test]
    fn the_body_of_a_container_moves_out_to_its_marker() {
        let page = "a\n\n=== \"Linux\"\n\n    ```bash\n    ls -l\n    ```\n\n    !!! note\n        b\n\nc\n";
        assert_eq!(flat(page), "a\n\n\nLinux\n\n```bash\nls -l\n```\n\n\nnote\nb\n\nc\n");
    }

    #[test]
    fn colons_and_components_leave_what_they_hold() {
        let page =
            "import Tabs from '@theme/Tabs';\n:::tip Hot\n\na\n\n:::\n<Tabs a=\"b\">\nb <Name>\n</Tabs>\n";
        assert_eq!(flat(page), "\n\ntip: Hot\n\na\n\n\n\n\nb <Name>\n\n");
    }

    #[test]
    fn a_fence_of_a_chat_opens_and_closes_within_a_line() {
        assert_eq!(flat("ok:\n```$ ls -l\na```\nb\n"), "ok:\n```\n$ ls -l\na\n```\nb\n");
        assert!(flattened("```bash title=\"x\"\nls\n```\n").is_none());
        assert!(flattened("```kubectl get pods```\n").is_none());
    }

    #[test]
    fn places_are_those_of_the_page() {
        let page = "!!! tip\n    run it\n";
        let flat = flattened(page).unwrap();
        let at = flat.text().find("run it").unwrap();
        assert_eq!(flat.span(at..at + 6).slice(page), Some("run it"));
    }
}
