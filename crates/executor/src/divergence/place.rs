//! Where a command stands in a page, and how a page of that format takes another one there.

use std::ops::Range;

use dd0c_types::runbook::Format;

use super::edits::Edit;

const IN_A_SENTENCE: &str = "It stands in a sentence or beside other words. Change the text by hand.";
const SEVERAL_LINES: &str = "It has several lines and its place takes one. Change the text by hand.";
const ENDS_THE_BLOCK: &str = "It holds characters that would end its block of code. Change the text by hand.";
const ALONE: &str = "It is all that its block of code holds. Remove the block by hand.";

type Change = Result<Edit, &'static str>;

/// The place of one command.
pub(super) struct Place<'t> {
    text: &'t str,
    format: Format,
    span: Range<usize>,
    /// Where the line begins on which it begins, and where the one ends on which it ends.
    line: Range<usize>,
    block: Block,
}

/// What surrounds a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// Nothing but it stands on its lines, in a block of code.
    Lines,
    /// It stands in an element of code that keeps its lines, beside markup on the same line.
    Element,
    /// It stands in a sentence.
    Inline,
}

impl<'t> Place<'t> {
    /// None when the range is not one of the text.
    pub(super) fn of(text: &'t str, format: Format, span: Range<usize>) -> Option<Self> {
        text.get(span.clone())?;
        let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
        let mut place = Self { text, format, span, line: start..end, block: Block::Inline };
        place.block = place.surroundings();
        Some(place)
    }

    /// The new command in the place of the old one.
    pub(super) fn replace(&self, command: &str) -> Change {
        let with = self.written(command)?;
        Ok(Edit { range: self.span.clone(), with })
    }

    /// The text without the command, where nothing but it stands on its lines.
    pub(super) fn remove(&self) -> Change {
        if self.block != Block::Lines {
            return Err(if self.block == Block::Element { ALONE } else { IN_A_SENTENCE });
        }
        let next = (self.line.end + 1).min(self.text.len());
        let (before, after) = (self.line_before(), self.line_behind());
        // A block that holds nothing else goes with it.
        let fenced = match self.format {
            Format::Markdown => is_fence(before) && is_fence(after),
            Format::Asciidoc => is_delimiter(before) && is_delimiter(after),
            Format::Rst if before.trim().is_empty() && !self.goes_on(after) => return Err(ALONE),
            _ => false,
        };
        let range = if fenced {
            let end = (next + after.len() + 1).min(self.text.len());
            self.line.start - before.len() - 1..end
        } else {
            self.line.start..next
        };
        Ok(Edit { range, with: String::new() })
    }

    /// Another command behind this one.
    pub(super) fn insert_behind(&self, command: &str) -> Change {
        let written = self.written_in_block(command)?;
        let (at, with) = match self.block {
            Block::Lines => (self.line.end, format!("\n{}{written}", self.before())),
            Block::Element => (self.span.end, format!("\n{written}")),
            Block::Inline => self.own_block(&written)?,
        };
        Ok(Edit { range: at..at, with })
    }

    /// Another command before this one.
    pub(super) fn insert_before(&self, command: &str) -> Change {
        let written = self.written_in_block(command)?;
        let (at, with) = match self.block {
            Block::Lines => (self.line.start, format!("{}{written}\n", self.before())),
            Block::Element => (self.span.start, format!("{written}\n")),
            Block::Inline => return Err(IN_A_SENTENCE),
        };
        Ok(Edit { range: at..at, with })
    }

    fn before(&self) -> &'t str {
        &self.text[self.line.start..self.span.start]
    }

    fn line_before(&self) -> &'t str {
        let before = &self.text[..self.line.start];
        before.trim_end_matches('\n').rsplit('\n').next().filter(|_| !before.ends_with("\n\n")).unwrap_or("")
    }

    fn line_behind(&self) -> &'t str {
        self.text[self.line.end..].strip_prefix('\n').and_then(|rest| rest.split('\n').next()).unwrap_or("")
    }

    fn goes_on(&self, line: &str) -> bool {
        !line.trim().is_empty() && line.starts_with(indentation(self.before())) && self.before() != ""
    }

    fn surroundings(&self) -> Block {
        let behind = self.text[self.span.end..self.line.end].trim();
        if behind.is_empty() && is_prompt(unindented(self.before())) && self.in_code() {
            return Block::Lines;
        }
        let markup = behind.is_empty() || behind.starts_with("</") || behind.starts_with("]]>");
        if self.is_markup() && self.in_code() && markup { Block::Element } else { Block::Inline }
    }

    const fn is_markup(&self) -> bool {
        matches!(self.format, Format::Html | Format::Confluence)
    }

    /// Whether line ends are kept here: in a fence, an indented block, an element of code, or a page without markup.
    fn in_code(&self) -> bool {
        let above = &self.text[..self.span.start];
        match self.format {
            Format::Html | Format::Confluence => self.in_character_data() || open(above, "<pre", "</pre"),
            Format::Asciidoc => above.lines().filter(|line| is_delimiter(line)).count() % 2 == 1,
            Format::Markdown => {
                let fenced =
                    self.text[..self.line.start].lines().filter(|line| is_fence(line)).count() % 2 == 1;
                fenced || indentation(self.before()).len() >= 4
            }
            Format::Rst => !indentation(self.before()).is_empty(),
            Format::Text => true,
        }
    }

    fn in_character_data(&self) -> bool {
        open(&self.text[..self.span.start], "<![CDATA[", "]]>")
    }

    /// A command as it is written in the very place of this one.
    fn written(&self, command: &str) -> Result<String, &'static str> {
        if command.contains('\n') && self.block == Block::Inline {
            return Err(SEVERAL_LINES);
        }
        if command.contains('`') && self.block == Block::Inline && self.format == Format::Markdown {
            return Err(ENDS_THE_BLOCK);
        }
        self.written_in_block(command)
    }

    /// A command as it is written in a block of code of this page, its later lines indented as this one is.
    fn written_in_block(&self, command: &str) -> Result<String, &'static str> {
        let ends = match self.format {
            Format::Markdown => command.lines().any(is_fence),
            Format::Asciidoc => command.lines().any(is_delimiter),
            Format::Html | Format::Confluence => command.contains("]]>"),
            Format::Rst | Format::Text => false,
        };
        if ends {
            return Err(ENDS_THE_BLOCK);
        }
        if self.is_markup() {
            return Ok(if self.in_character_data() { command.to_owned() } else { escaped(command) });
        }
        Ok(command.replace('\n', &format!("\n{}", indentation(self.before()))))
    }

    /// A block of its own behind the paragraph in which this command stands, in the page's own format.
    fn own_block(&self, command: &str) -> Result<(usize, String), &'static str> {
        if self.is_markup() {
            return self.own_element(command);
        }
        let at = self.paragraph_end();
        let indent = item_indentation(&self.text[self.line.start..self.line.end]);
        let command = command.replace('\n', &format!("\n{indent}"));
        let block = match self.format {
            Format::Markdown => format!("\n\n{indent}```bash\n{indent}{command}\n{indent}```"),
            Format::Asciidoc if !indent.is_empty() => {
                format!("\n+\n[source,bash]\n----\n{}\n----", command.replace(&format!("\n{indent}"), "\n"))
            }
            Format::Asciidoc => format!("\n\n[source,bash]\n----\n{command}\n----"),
            Format::Rst => {
                let deeper = command.replace('\n', "\n   ");
                format!("\n\n{indent}.. code-block:: bash\n\n{indent}   {deeper}")
            }
            _ => format!("\n\n{indent}    {command}"),
        };
        let blank = self.text[at..].starts_with("\n\n") || self.text[at..].trim().is_empty();
        let list = self.format == Format::Asciidoc && !indent.is_empty();
        Ok((at, if blank || list { block } else { format!("{block}\n") }))
    }

    fn own_element(&self, command: &str) -> Result<(usize, String), &'static str> {
        let behind = &self.text[self.span.end..];
        let closing = ["</p>", "</li>", "</td>", "</div>"];
        let next = closing.iter().filter_map(|tag| behind.find(tag).map(|at| (at, *tag))).min();
        let (at, tag) = next.ok_or(IN_A_SENTENCE)?;
        let inside = matches!(tag, "</li>" | "</td>");
        let at = self.span.end + if inside { at } else { at + tag.len() };
        let block = if self.format == Format::Confluence {
            format!(
                "<ac:structured-macro ac:name=\"code\"><ac:parameter ac:name=\"language\">bash</ac:parameter>\
                 <ac:plain-text-body><![CDATA[{command}]]></ac:plain-text-body></ac:structured-macro>"
            )
        } else {
            format!("<pre><code>{command}</code></pre>")
        };
        Ok((at, block))
    }

    /// The end of the last line of the paragraph, or of the item, in which the command stands.
    fn paragraph_end(&self) -> usize {
        let mut end = self.line.end;
        while let Some(rest) = self.text[end..].strip_prefix('\n') {
            let line = rest.split('\n').next().unwrap_or("");
            if line.trim().is_empty() || begins_a_block(line) {
                break;
            }
            end += 1 + line.len();
        }
        end
    }
}

/// The white space, and marks of a quotation, at the beginning of a line.
fn indentation(before: &str) -> &str {
    &before[..before.len() - unindented(before).len()]
}

fn unindented(before: &str) -> &str {
    before.trim_start_matches([' ', '\t', '>'])
}

/// What may stand before a command on its line without being part of a sentence.
fn is_prompt(before: &str) -> bool {
    before.is_empty() || (before.len() <= 80 && ["$ ", "# ", "% "].iter().any(|end| before.ends_with(end)))
}

fn is_fence(line: &str) -> bool {
    let line = unindented(line);
    line.starts_with("```") || line.starts_with("~~~")
}

fn is_delimiter(line: &str) -> bool {
    let line = line.trim_end();
    line.len() >= 4 && (line.bytes().all(|byte| byte == b'-') || line.bytes().all(|byte| byte == b'.'))
}

fn begins_a_block(line: &str) -> bool {
    let line = unindented(line);
    is_fence(line) || line.starts_with('#') || line.starts_with('=') || marker(line).is_some()
}

/// How many bytes the marker of a list's item takes, with the space behind it.
fn marker(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let mark = match rest.as_bytes().first()? {
        b'.' | b')' if digits > 0 => 1,
        b'-' | b'*' | b'+' | b'.' if digits == 0 => {
            rest.bytes().take_while(|byte| *byte == rest.as_bytes()[0]).count()
        }
        _ => return None,
    };
    let space = rest[mark..].bytes().take_while(|byte| *byte == b' ').count();
    (space > 0).then_some(digits + mark + space)
}

/// The indentation of what belongs to the item, or the paragraph, that a line begins.
fn item_indentation(line: &str) -> String {
    let own = indentation(line);
    let marker = marker(&line[own.len()..]).unwrap_or(0);
    format!("{own}{}", " ".repeat(marker))
}

fn open(above: &str, begin: &str, end: &str) -> bool {
    above.rfind(begin).is_some_and(|at| !above[at..].contains(end))
}

fn escaped(command: &str) -> String {
    command.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use Format::{Asciidoc, Confluence, Html, Markdown, Rst};

    fn place<'t>(text: &'t str, format: Format, command: &str) -> Place<'t> {
        let at = text.find(command).expect("the command stands in the text");
        Place::of(text, format, at..at + command.len()).expect("a place")
    }

    fn behind(text: &str, format: Format, command: &str, new: &str) -> String {
        let edit = place(text, format, command).insert_behind(new).expect("it can be put there");
        super::super::edits::apply(text, vec![edit])
    }

    #[test]
    fn a_new_command_comes_in_the_pages_own_format() {
        for (format, text, expected) in [
            (Markdown, "```bash\n$ one\n$ two\n```\n", "```bash\n$ one\n$ new\n$ two\n```\n"),
            (
                Markdown,
                "1. Run `one` now.\n2. Go.\n",
                "1. Run `one` now.\n\n   ```bash\n   new\n   ```\n\n2. Go.\n",
            ),
            (Markdown, "Run `one`.\n\nGo.\n", "Run `one`.\n\n```bash\nnew\n```\n\nGo.\n"),
            (Asciidoc, "----\none\n----\n", "----\none\nnew\n----\n"),
            (Rst, "Run::\n\n   one\n\nGo.\n", "Run::\n\n   one\n   new\n\nGo.\n"),
            (Html, "<pre>one</pre>", "<pre>one\nnew</pre>"),
            (
                Html,
                "<p>Run <code>one</code>.</p><p>Go</p>",
                "<p>Run <code>one</code>.</p><pre><code>new</code></pre><p>Go</p>",
            ),
            (Confluence, "<![CDATA[one]]>", "<![CDATA[one\nnew]]>"),
        ] {
            assert!(
                behind(text, format, "one", "new") == expected,
                "{format:?}: {}",
                behind(text, format, "one", "new")
            );
        }
    }

    #[test]
    fn markup_is_written_as_markup_reads_it_and_nothing_ends_its_block() {
        assert!(
            behind("<pre>one</pre>", Html, "one", "a < b && c") == "<pre>one\na &lt; b &amp;&amp; c</pre>"
        );
        assert!(behind("<![CDATA[one]]>", Confluence, "one", "a < b") == "<![CDATA[one\na < b]]>");
        assert_eq!(place("<![CDATA[one]]>", Confluence, "one").replace("x]]>y").err(), Some(ENDS_THE_BLOCK));
        assert_eq!(place("```\none\n```", Markdown, "one").replace("x\n```").err(), Some(ENDS_THE_BLOCK));
        assert_eq!(place("Run `one`.", Markdown, "one").replace("echo `id`").err(), Some(ENDS_THE_BLOCK));
        assert_eq!(place("Run `one`.", Markdown, "one").replace("a\nb").err(), Some(SEVERAL_LINES));
    }

    #[test]
    fn a_line_goes_whole_and_a_sentence_stays() {
        let text = "```\none\ntwo\n```\n";
        let edit = place(text, Markdown, "one").remove().expect("a line of its own");
        assert!(super::super::edits::apply(text, vec![edit]) == "```\ntwo\n```\n");
        assert_eq!(place("Run `one`.", Markdown, "one").remove().err(), Some(IN_A_SENTENCE));
        let edit =
            place("Do:\n\n```\none\n```\nGo.\n", Markdown, "one").remove().expect("a block of its own");
        assert_eq!((edit.range, edit.with.is_empty()), (5..17, true));
        assert_eq!(place("<pre>one</pre>", Html, "one").remove().err(), Some(ALONE));
    }
}
